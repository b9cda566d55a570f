"""Events that are about reports."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.events.model import LoggedEvent
from postroom.submission.reports.announced import WANTED, found_in
from postroom.submission.reports.model import ReportTold


def event(role: str | None = "\\Inbox", **data: Any) -> LoggedEvent:
    body = {"path": "INBOX", "event": "messageNew", "data": {"id": "AAAA", "subject": "Undelivered", **data}}
    payload = orjson.dumps(body | ({"specialUse": role} if role else {})).decode()
    return LoggedEvent(9, 1, "anna", 3, "uuid", "messageNew", 0, payload)


def test_what_is_told_of_a_report() -> None:
    told: dict[str, Any] = {"from": {"name": "Mailer", "address": "mailer-daemon@mx.example"}}
    found = found_in(event(isBounce=True, inReplyTo="<1@shop.example>", messageId="<2@mx>", **told))
    assert found is not None
    assert (found.account_key, found.account, found.identity) == (1, "anna", "<2@mx>")
    assert found.told == ReportTold("bounce", "AAAA", "Undelivered", "mailer-daemon@mx.example", "<1@shop.example>")


def test_a_complaint_and_a_report_without_ids() -> None:
    found = found_in(event(isComplaint=True))
    assert found is not None
    assert (found.told.kind, found.identity, found.told.sender) == ("complaint", "AAAA", None)
    named = found_in(event(isBounce=True, stableId="e.X", messageId="<2@mx>"))
    assert named is not None
    assert named.identity == "e.X"


@pytest.mark.parametrize("role", [None, "\\Inbox", "\\Junk", "\\All", "\\Archive"])
def test_folders_in_which_reports_arrive(role: str | None) -> None:
    assert found_in(event(role, isBounce=True)) is not None


@pytest.mark.parametrize("role", ["\\Sent", "\\Drafts", "\\Trash"])
def test_folders_in_which_none_arrives(role: str) -> None:
    assert found_in(event(role, isBounce=True)) is None
    assert found_in(event("\\All", messageSpecialUse=role, isBounce=True)) is None


def test_other_messages() -> None:
    assert found_in(event()) is None
    # A header may be called like our member.
    assert found_in(event(headers={"isBounce": ["x"]})) is None


def test_the_members_are_searched_for_as_they_are_written() -> None:
    assert all(member in event(isBounce=True, isComplaint=True).payload for member in WANTED.members)
    assert not any(member in event(text='"isBounce":true', isBounce=False).payload for member in WANTED.members)
