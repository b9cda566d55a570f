"""Fetching the beginning of a report, and what failures mean."""

from __future__ import annotations

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.errors import PostroomError
from postroom.mail.reports.parts import LONGEST_REPORT
from postroom.mailboxes.failures import IncompleteAnswer, MessageNotFound, TimedOut
from postroom.submission.reports.fetching import fetch_report, is_about_the_account, is_hopeless
from tests.mail.reports.standard_samples import POSTFIX
from tests.submission.reports.office import ReportOffice


async def test_a_report_as_it_is_and_still_unread(office: ReportOffice) -> None:
    id_ = await office.deliver(POSTFIX.octets)
    assert await fetch_report(office.visits, "anna", id_) == POSTFIX.octets
    assert office.mail.mailbox("anna").messages[0].flags == set()


async def test_of_a_large_report_only_the_beginning(office: ReportOffice) -> None:
    octets = POSTFIX.octets + b"x" * (2 * LONGEST_REPORT)
    assert await fetch_report(office.visits, "anna", await office.deliver(octets)) == octets[:LONGEST_REPORT]


async def test_a_report_that_is_gone(office: ReportOffice) -> None:
    id_ = await office.deliver(POSTFIX.octets)
    office.mail.expunge("anna", 1)
    with pytest.raises(MessageNotFound):
        await fetch_report(office.visits, "anna", id_)


@pytest.mark.parametrize(
    ("error", "hopeless", "about_account"),
    [
        (MessageNotFound(), True, False),
        (AccountNotFound(), True, False),
        (NotConnected(State.UNSET), True, True),
        (NotConnected(State.DISCONNECTED), False, True),
        (TimedOut("x", 1), False, True),
        (IncompleteAnswer("x"), False, False),
    ],
)
def test_failures(error: PostroomError, hopeless: bool, about_account: bool) -> None:
    assert (is_hopeless(error), is_about_the_account(error)) == (hopeless, about_account)
