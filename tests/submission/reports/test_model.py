"""What messageNew tells of a report, as it is stored."""

from __future__ import annotations

import pytest

from postroom.submission.reports.model import ReportTold


@pytest.mark.parametrize(
    "told",
    [
        ReportTold("bounce", "AAAA", ""),
        ReportTold("complaint", "AAAA", "Undelivered", "mailer-daemon@mx.example", "<1@shop.example>"),
    ],
)
def test_what_is_stored_is_read_again(told: ReportTold) -> None:
    assert ReportTold.of_row(told.as_row()) == told


def test_what_is_not_known_is_not_stored() -> None:
    assert ReportTold("bounce", "AAAA", "").as_row() == {"kind": "bounce", "message": "AAAA", "subject": ""}
