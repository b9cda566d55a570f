"""The model of a profile refuses what would do nothing, or not what it says."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from postroom.connections.quirks.profile import Profile

GOOD: dict[str, Any] = {
    "name": "Example",
    "source": "example.com/help",
    "date": "2025-01-01",
    "match": {"hosts": ["example.com"]},
}


def test_a_minimal_profile() -> None:
    assert Profile.model_validate(GOOD).effects == []


@pytest.mark.parametrize(
    "change",
    [
        {"match": {}},
        {"match": {"hosts": ["Example.com"]}},
        {"match": {"domains": ["example.com"]}},
        {"match": {"greetings": ["hello"]}, "treatment": {"avoid": ["MOVE"]}},
        {"treatment": {"avoids": ["MOVE"]}},
        {"treatment": {"avoid": ["move"]}},
        {"treatment": {"idle_renewal": 0}},
        {"treatment": {"account_connections": 1}},
        {"treatment": {"lent_at_host": 0}},
        {"match": {"greetings": ["hello"]}, "treatment": {"lent_at_host": 10}},
        {"sending": {"per_day": 0}},
        {"sending": {"per_hour": 10}},
        {"match": {"greetings": ["hello"]}, "sending": {"per_day": 10}},
        {"notes": ["no full stop"]},
        {"imap": {"host": "imap.example.com", "port": 0}},
        {"app_password": {"required": True, "instructions": "Two\nlines."}},
        {"date": "yesterday"},
        {"source": ""},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate({**GOOD, **change})


def test_a_treatment_is_told_in_sentences() -> None:
    treatment = {"avoid": ["MOVE"], "idles": False, "idle_renewal": 55, "polls_by_select": True}
    treatment |= {"trusts_modseq": False, "settles_late": True, "account_connections": 15}
    profile = Profile.model_validate({**GOOD, "treatment": treatment, "notes": ["It is slow."]})
    assert profile.effects == [
        "MOVE is taken as not offered.",
        "IDLE is not used; new mail is polled for.",
        "The server is asked every 55 seconds at the latest.",
        "Folders are opened anew to see what has changed.",
        "Modification sequences are not relied on.",
        "Changes are looked for once more a moment after they were told.",
        "It bears 15 connections of an account; sessions for commands keep within that.",
        "It is slow.",
    ]


@pytest.mark.parametrize(
    ("idles", "told"),
    [
        (True, ["IDLE is renewed once, 3 seconds after new mail."]),
        (False, ["IDLE is not used; new mail is polled for."]),
    ],
)
def test_a_second_look_is_told_where_there_is_idle(told: list[str], *, idles: bool) -> None:
    treatment = {"idles": idles, "renewal_after_mail": 3}
    assert Profile.model_validate({**GOOD, "treatment": treatment}).effects == told
