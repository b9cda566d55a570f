"""Endpoints in trouble: their names in words, and when their failing is worth a word."""

from __future__ import annotations

import pytest

from postroom.attention.facts import ENDPOINT_PATIENCE_MS, EndpointTrouble


@pytest.mark.parametrize(
    ("id_", "description", "name"),
    [
        ("global", "", "The webhook of the settings"),
        ("account:a:b", "", "The webhook of the account a:b"),
        ("wh_1", "", "The webhook wh_1"),
        ("wh_1", "Orders", "The webhook “Orders”"),
    ],
)
def test_the_name_of_an_endpoint(id_: str, description: str, name: str) -> None:
    assert EndpointTrouble(id_, description, True, None, "", 0).name == name


def test_a_receiver_may_be_restarted() -> None:
    failing = EndpointTrouble("wh_1", "", True, 1_000, "", 0)
    assert not failing.has_failed(1_000 + ENDPOINT_PATIENCE_MS - 1)
    assert failing.has_failed(1_000 + ENDPOINT_PATIENCE_MS)
    assert not EndpointTrouble("wh_1", "", True, None, "", 0).has_failed(10**12)
