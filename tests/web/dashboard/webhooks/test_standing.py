"""How an endpoint is, in a word and a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.web.dashboard.webhooks.standing import account_of, name_of, standing_of
from postroom.webhooks.model import TargetKind, WebhookEndpoint
from postroom.webhooks.views import EndpointView

NOW = 1_000_000
CONFIG = WebhookEndpoint("wh_1", "https://x.example", description="Orders")
FINE = EndpointView("wh_1", TargetKind.OBJECT, "https://x.example", True, CONFIG, 1, 2, None, None, None)
FAILED = replace(FINE, last_error={"message": "refused"})


@pytest.mark.parametrize(
    ("view", "tone", "word"),
    [
        (FINE, "ok", "OK"),
        (replace(FINE, enabled=False), "idle", "Off"),
        (replace(FAILED, enabled=False), "bad", "Off"),
        (FAILED, "wait", "Failed last"),
        (replace(FAILED, failing_since=5), "bad", "Failing"),
        (replace(FAILED, failing_since=5, paused_until=NOW), "bad", "Failing"),
        (replace(FAILED, failing_since=5, paused_until=NOW + 1), "bad", "Paused"),
        (replace(FINE, url=None, config=None, kind=TargetKind.GLOBAL), "idle", "No URL"),
        (replace(FINE, config=replace(CONFIG, unreadable="The key is lost.")), "bad", "Unreadable"),
    ],
)
def test_how_an_endpoint_is(view: EndpointView, tone: str, word: str) -> None:
    standing = standing_of(view, NOW)
    assert (standing.tone, standing.word) == (tone, word)


def test_a_pause_says_when_it_ends_and_since_when_it_fails() -> None:
    standing = standing_of(replace(FAILED, failing_since=5, paused_until=NOW + 1), NOW)
    assert (standing.since, standing.next_at, standing.said) == (5, NOW + 1, "refused")


def test_what_an_endpoint_is_called() -> None:
    assert name_of(FINE) == "Orders"
    assert name_of(replace(FINE, config=replace(CONFIG, description=""))) == "wh_1"
    theirs = replace(FINE, id="account:a:b", kind=TargetKind.ACCOUNT, config=None)
    assert (name_of(theirs), account_of(theirs), account_of(FINE)) == ("Target of the account a:b", "a:b", "")
