"""Fates as lines: each kind has a look, and leads somewhere."""

from __future__ import annotations

from postroom.web.dashboard.webhooks.fate_lines import TONES, fate_line
from postroom.webhooks.fates.verdict import FateKind, FateVerdict
from tests.web.dashboard.webhooks.test_standing import FINE


def test_every_kind_has_a_look() -> None:
    assert set(TONES) == set(FateKind)


def test_a_line_leads_to_what_it_names() -> None:
    line = fate_line(FINE, FateVerdict(FateKind.BEHIND, "It waits.", behind=4, delivery=9))
    assert (line.name, line.url) == ("Orders", "https://x.example")
    assert (line.endpoint, line.delivery, line.behind) == (
        "/dashboard/webhooks/wh_1",
        "/dashboard/deliveries/9",
        "/dashboard/events/4",
    )
    unsent = fate_line(FINE, FateVerdict(FateKind.OFF, "Off."))
    assert (unsent.delivery, unsent.behind) == ("", "")
