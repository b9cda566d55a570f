"""Which deliveries somebody asks for, and the links that say so."""

from __future__ import annotations

from postroom.web.dashboard.webhooks.delivery_wish import DeliveryWish, read_wish
from postroom.webhooks.model import SendingState


def test_a_link_is_read_as_it_was_written() -> None:
    wish = DeliveryWish("account:a/b", SendingState.DEAD, "messageNew", 2)
    assert wish.path == "/dashboard/webhooks/account%3Aa%2Fb?state=dead&event=messageNew&page=3"
    assert read_wish("account:a/b", {"state": "dead", "event": "messageNew", "page": "3"}) == wish
    assert wish.at(0).endswith("event=messageNew")


def test_nonsense_is_left_out() -> None:
    wish = read_wish("wh", {"state": "nothing", "page": "-1", "event": "x" * 1000})
    assert (wish.state, wish.page, len(wish.event)) == (None, 0, 64)
    assert not read_wish("wh", {}).is_narrow
    assert wish.is_narrow
