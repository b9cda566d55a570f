"""The machine-readable part of reports, and what programs make of it."""

from __future__ import annotations

import pytest

from postroom.mail.reports.delivery_status import MOST_RECIPIENTS, DeliveryStatus, read_delivery_status
from postroom.mail.reports.parts import read_parts
from postroom.mail.reports.values import ReportAction
from tests.mail.reports.sample_form import dsn


def status(fields: str) -> DeliveryStatus | None:
    return read_delivery_status(read_parts(dsn("x", fields)))


def recipients(fields: str) -> list[tuple[str, ReportAction, str | None]]:
    found = status(fields)
    assert found is not None
    return [(each.address, each.action, each.status) for each in found.recipients]


def test_fields_about_the_message_and_the_recipient() -> None:
    found = status(
        "Original-Envelope-Id: QQ314159\nReporting-MTA: dns; mx.example\n\nOriginal-Recipient: rfc822; all@b.example\n"
        "Final-Recipient: rfc822; ann@b.example\nAction: failed (given up)\nStatus: 5.7.1 (no)\nRemote-MTA: dns; mail.b"
        "\nDiagnostic-Code: smtp; 550 no\n"
    )
    assert found is not None
    assert (found.mta, found.envelope_id) == ("mx.example", "QQ314159")
    only = found.recipients[0]
    assert (only.address, only.original, only.action) == ("ann@b.example", "all@b.example", ReportAction.FAILED)
    assert (only.status, only.code, only.said, only.source, only.mta) == ("5.7.1", 550, "550 no", "smtp", "mail.b")


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ("Action: delayed", ReportAction.DELAYED),
        ("Action: Failure", ReportAction.FAILED),
        ("Action: relayed", ReportAction.RELAYED),
        ("Action: expanded", ReportAction.EXPANDED),
        ("Status: 4.4.1", ReportAction.DELAYED),
        ("Status: 2.0.0", ReportAction.DELIVERED),
        ("Status: 5.0.0", ReportAction.FAILED),
        ("Action: unheard-of\nStatus: 4.0.0", ReportAction.DELAYED),
        ("X-Nothing: 1", ReportAction.FAILED),
    ],
)
def test_actions(fields: str, action: ReportAction) -> None:
    assert recipients(f"Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; ann@b.example\n{fields}\n")[0][1] is action


def test_a_recipient_in_the_first_group() -> None:
    assert recipients("Reporting-MTA: dns; a\nFinal-Recipient: rfc822; ann@b.example\nAction: failed\n") == [
        ("ann@b.example", ReportAction.FAILED, None)
    ]


def test_a_recipient_counts_once_and_groups_without_one_do_not_count() -> None:
    group = "Final-Recipient: rfc822; {}\nAction: failed\n\n"
    fields = (
        "Reporting-MTA: dns; a\n\n" + group.format("ann@b.example") + "X-Other: 1\n\n" + group.format("ANN@b.example")
    )
    assert len(recipients(fields)) == 1
    many = "".join(group.format(f"u{n}@b.example") for n in range(MOST_RECIPIENTS + 10))
    assert len(recipients(f"Reporting-MTA: dns; a\n\n{many}")) == MOST_RECIPIENTS


def test_the_words_of_the_server_are_more_exact_than_a_status_that_says_nothing() -> None:
    fields = (
        "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; ann@b.example\nStatus: {}\nDiagnostic-Code: smtp; 550 {}\n"
    )
    assert recipients(fields.format("5.0.0", "5.2.2 full"))[0][2] == "5.2.2"
    assert recipients(fields.format("5.1.1", "5.2.2 full"))[0][2] == "5.1.1"


def test_a_part_that_names_nobody_is_none() -> None:
    assert status("Reporting-MTA: dns; a\n") is None
    assert status("") is None
