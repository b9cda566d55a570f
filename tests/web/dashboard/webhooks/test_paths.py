"""Paths of webhooks and events, whatever an id holds."""

from __future__ import annotations

from postroom.web.dashboard.webhooks.paths import delivery_path, endpoint_path, event_path


def test_paths_hold_any_id() -> None:
    assert endpoint_path("account:a/b") == "/dashboard/webhooks/account%3Aa%2Fb"
    assert endpoint_path("wh_1", "edit") == "/dashboard/webhooks/wh_1/edit"
    assert (delivery_path(3), delivery_path(3, "replay")) == (
        "/dashboard/deliveries/3",
        "/dashboard/deliveries/3/replay",
    )
    assert event_path(4) == "/dashboard/events/4"
