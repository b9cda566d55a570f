"""Queue ids go into paths without changing them."""

from __future__ import annotations

from postroom.web.dashboard.outbox.paths import item_path, outbox_path


def test_every_character_stays_in_its_place() -> None:
    assert item_path("a/b?", "cancel") == "/dashboard/outbox/a%2Fb%3F/cancel"
    assert item_path("18bc") == "/dashboard/outbox/18bc"


def test_parameters_that_are_empty_are_left_out() -> None:
    assert outbox_path() == outbox_path({"state": ""}) == "/dashboard/outbox"
    assert outbox_path({"account": "a&b", "state": ""}) == "/dashboard/outbox?account=a%26b"
