"""Which recipients a report is about."""

from __future__ import annotations

import pytest

from postroom.mail.reports.values import BounceReport, ReportAction, ReportedRecipient
from postroom.submission.model import RecipientState
from postroom.submission.reports.matching import addresses_of, match_recipient, outcome_of
from postroom.submission.reports.model import MatchedRecipient

ANN = MatchedRecipient(0, "Ann@Recipient.example", RecipientState.SENT)
BOB = MatchedRecipient(1, "bob@bücher.example", RecipientState.SENT)


def told(address: str, original: str | None = None) -> ReportedRecipient:
    return ReportedRecipient(address, ReportAction.FAILED, original)


@pytest.mark.parametrize(
    ("reported", "matched"),
    [
        (told("ann@recipient.EXAMPLE"), ANN),
        (told("dan@forwarded.example", "ann@recipient.example"), ANN),
        (told("ann@recipient.example", "bob@bücher.example"), BOB),
        (told("bob@xn--bcher-kva.example"), BOB),
        (told("ann@recipient.example."), ANN),
        (told("dan@forwarded.example"), None),
        (told("ann@bücher.example"), None),
        (told("x" * 300 + "@" + "ü" * 300), None),
    ],
)
def test_recipients(reported: ReportedRecipient, matched: MatchedRecipient | None) -> None:
    assert match_recipient(reported, (ANN, BOB)) is matched


def test_the_only_recipient_is_meant_where_its_mail_was_forwarded() -> None:
    assert match_recipient(told("dan@forwarded.example"), (ANN,)) is ANN
    assert match_recipient(told("dan@forwarded.example"), ()) is None


def test_addresses_as_written_and_in_small_letters() -> None:
    report = BounceReport((told("Ann@b.example", "All@b.example"), told("ann@b.example")))
    assert addresses_of(report) == ["All@b.example", "Ann@b.example", "ann@b.example", "all@b.example"]


def test_the_outcome_has_the_words_of_the_server_and_advice() -> None:
    full = ReportedRecipient("a@b.example", ReportAction.FAILED, status="5.2.2", code=552, said="552 5.2.2 full")
    outcome = outcome_of(full)
    assert (outcome.state, outcome.code, outcome.enhanced, outcome.said) == ("bounced", 552, "5.2.2", "552 5.2.2 full")
    assert outcome.advice is not None
    assert "full" in outcome.advice
