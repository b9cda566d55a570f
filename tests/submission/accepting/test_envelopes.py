"""Who a message is for: each once, and what is wrong with an address is named with its place."""

from __future__ import annotations

import pytest

from postroom.mail.composing.draft import Correspondent, Draft
from postroom.submission.accepting.envelopes import MOST_RECIPIENTS, envelope_of, routed
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.submission import GivenEnvelope, Submission

ME = Correspondent("me@example.com")
NOTHING = Submission()


def people(*addresses: str) -> tuple[Correspondent, ...]:
    return tuple(map(Correspondent, addresses))


def problems(submission: Submission, asked: Draft, head: Draft, said: Draft | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidSubmission) as failed:
        envelope_of(submission, asked, head, said)
    return [(each.key, each.message) for each in failed.value.problems]


def test_each_recipient_is_there_once_in_its_first_spelling() -> None:
    draft = Draft(
        ME,
        to=people("Ann@Example.com", "ann@example.com", "b@b\u00fccher.example"),
        cc=people("Ann@EXAMPLE.com", "b@xn--bcher-kva.example", '"b.c"@x.example'),
        bcc=people("b.c@x.example", '"b c"@x.example'),
    )
    assert envelope_of(NOTHING, draft, draft, None) == (
        "me@example.com",
        ("Ann@Example.com", "ann@example.com", "b@xn--bcher-kva.example", '"b.c"@x.example', '"b c"@x.example'),
    )


def test_the_callers_envelope_wins() -> None:
    draft = Draft(ME, to=people("a@b.example"))
    given = Submission(envelope=GivenEnvelope("", ("c@d.example",)))
    assert envelope_of(given, draft, draft, None) == ("", ("c@d.example",))
    part = Submission(envelope=GivenEnvelope("bounce@x.example"))
    assert envelope_of(part, draft, draft, None) == ("bounce@x.example", ("a@b.example",))


def test_a_broken_envelope_is_named() -> None:
    given = Submission(envelope=GivenEnvelope("no", ("a@b.example", "a@b.example.")))
    draft = Draft(ME, to=people("a@b.example"))
    assert [key for key, _ in problems(given, draft, draft)] == ["envelope.from", "envelope.to.1"]


def test_a_broken_address_in_the_header_of_a_whole_message_is_named() -> None:
    said = Draft(Correspondent("me@"), to=people("Jo jo@x.example"), bcc=people("fine@x.example"))
    found = problems(Submission(raw=b"x"), Draft(said.sender), said, said)
    assert [key for key, _ in found] == ["raw", "raw"]
    assert found[0][1].startswith('its From field holds the address "me@", which is none: ')
    assert found[1][1].startswith('its To field holds the address "Jo jo@x.example", which is none: ')


def test_a_broken_address_that_the_original_leads_to_is_named() -> None:
    found = problems(NOTHING, Draft(ME), Draft(ME, to=people("a@-.example")))
    assert [key for key, _ in found] == ["reference"]
    assert found[0][1].startswith('leads to the address "a@-.example", which is none: ')


def test_nobody_is_a_problem_with_its_reason() -> None:
    assert problems(Submission(raw=b"x"), Draft(ME), Draft(ME), Draft(ME)) == [
        ("to", "is required: the header of the message names no recipients, and there is no envelope")
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@b\u00fccher.example", "a@xn--bcher-kva.example"),
        ("j\u00f6@b\u00fccher.example", "j\u00f6@xn--bcher-kva.example"),
        ("a@fa\u00df.example", "a@xn--fa-hia.example"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        ("", ""),
    ],
)
def test_commands_carry_domains_in_ascii(address: str, expected: str) -> None:
    assert routed(address) == expected


def test_a_message_has_so_many_recipients_and_no_more() -> None:
    many = tuple(f"a{number}@b.example" for number in range(MOST_RECIPIENTS + 1))
    draft = Draft(ME)
    assert (
        len(envelope_of(Submission(envelope=GivenEnvelope(None, many[1:])), draft, draft, None)[1]) == MOST_RECIPIENTS
    )
    found = problems(Submission(envelope=GivenEnvelope(None, many)), draft, draft)
    assert found == [("envelope.to", "leads to 3001 recipients, and one message may have 3000")]
