"""What a report says, as values."""

from __future__ import annotations

import pytest

from postroom.mail.reports.values import NO_ORIGINAL, BounceReport, ReportAction, ReportedOriginal, ReportedRecipient


def test_the_header_of_a_message_does_not_get_into_logs() -> None:
    original = ReportedOriginal(("<1@shop.example>",), {"subject": ["Confidential"]})
    assert "Confidential" not in repr(BounceReport((), original=original))


def test_actions_are_written_as_in_the_standard() -> None:
    assert [each.value for each in ReportAction] == ["failed", "delayed", "delivered", "relayed", "expanded"]


def test_a_report_does_not_change() -> None:
    told = ReportedRecipient("ann@recipient.example", ReportAction.FAILED)
    with pytest.raises(AttributeError):
        told.address = "bob@recipient.example"  # type: ignore[misc]
    assert (NO_ORIGINAL.message_ids, dict(NO_ORIGINAL.headers)) == ((), {})
