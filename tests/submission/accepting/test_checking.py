"""What a caller says about a message: nothing begins a header field, and every address is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from postroom.mail.composing.draft import Correspondent, Draft, Enclosure
from postroom.mailboxes.uploading.upload import TakenFile
from postroom.smtp.envelope import Dsn
from postroom.submission.accepting.checking import address_problem, draft_problems, envelope_problems
from postroom.submission.accepting.submission import GivenEnvelope, Submission

ME = Correspondent("me@example.com", "Me")
GOOD = Draft(
    ME,
    to=(Correspondent("j\u00f6@b\u00fccher.example", "J\u00f6"), Correspondent('"a b"@c.example')),
    subject="S",
    text="one\r\ntwo\t\x07",
    headers=(("X-A", "b"),),
)


def keys(draft: Draft, submission: Submission) -> list[str]:
    return [each.key for each in draft_problems(draft, submission)]


def test_a_good_draft_has_no_problems() -> None:
    assert keys(GOOD, Submission(preview_text="a\nb")) == []


CASES: dict[str, Callable[[str], tuple[Draft, Submission]]] = {
    "from.name": lambda sign: (replace(GOOD, sender=Correspondent("me@example.com", sign)), Submission()),
    "cc.0.name": lambda sign: (replace(GOOD, cc=(Correspondent("a@b.example", sign),)), Submission()),
    "subject": lambda sign: (replace(GOOD, subject=sign), Submission()),
    "messageId": lambda sign: (replace(GOOD, message_id=sign), Submission()),
    "headers.X-A": lambda sign: (replace(GOOD, headers=(("X-A", sign),)), Submission()),
    "attachments": lambda sign: (replace(GOOD, enclosures=(Enclosure(b"", filename=sign),)), Submission()),
    "dsn.id": lambda sign: (GOOD, Submission(dsn=Dsn(sign))),
    "dsn.recipient": lambda sign: (GOOD, Submission(dsn=Dsn(recipient=sign))),
}


@pytest.mark.parametrize("sign", ["\r", "a\nb", "\0", "a\r\nBcc: x@y.example", "\ud800"])
@pytest.mark.parametrize("key", CASES)
def test_nothing_begins_a_field(key: str, sign: str) -> None:
    assert keys(*CASES[key](sign)) == [key]


@pytest.mark.parametrize(
    "file", [Enclosure(b"", "a/b\n"), Enclosure(b"", cid="a\r"), TakenFile("id", "a/b\n"), TakenFile("id", cid="\0")]
)
def test_nothing_about_a_file_begins_a_field(file: Enclosure | TakenFile) -> None:
    if isinstance(file, TakenFile):
        assert keys(GOOD, Submission(files=(file,))) == ["attachments"]
    else:
        assert keys(replace(GOOD, enclosures=(file,)), Submission()) == ["attachments"]


@pytest.mark.parametrize("name", ["", "X A", "X:A", "\u00dc", "X" * 77])
def test_names_of_fields_are_checked(name: str) -> None:
    assert "headers" in keys(replace(GOOD, headers=((name, "b"),)), Submission())


@pytest.mark.parametrize("sign", ["\0", "\udfff"])
def test_texts_hold_whole_characters(sign: str) -> None:
    assert keys(replace(GOOD, text=sign, html=sign), Submission(preview_text=sign)) == ["text", "html", "previewText"]


NONE = """
a a@ @b.example a@b.example. a@b..example a@-b.example a@b@c.example <a@b.example> a@b.example, Team:a@b.example;
.a@b.example a..b@c.example a@[300.1.1.1] "a@b.example a@xn--\u00fc.example
"""
UNUSUAL = """
a@b.example a+b@c.example "a@b"@c.example "a\\"b"@c.example j\u00f6@example.com a@b\u00fccher.example a@[127.0.0.1]
a@[IPv6:::1] a@localhost o'neil@example.com
"""
LONG_LABEL, LONG_DOMAIN = f"a@{'b' * 64}.example", f"a@{'b.' * 127}example"


@pytest.mark.parametrize("address", [*NONE.split(), "", "a b@c.example", "a@b.example\r\n", LONG_LABEL, LONG_DOMAIN])
def test_an_address_that_is_none_is_named(address: str) -> None:
    draft = replace(GOOD, to=(Correspondent("a@b.example"), Correspondent(address)), reply_to=(Correspondent(address),))
    assert keys(draft, Submission()) == ["to.1.address", "replyTo.0.address"]
    envelope = GivenEnvelope("", ("a@b.example", address))
    assert [each.key for each in envelope_problems(Submission(envelope=envelope))] == ["envelope.to.1"]


@pytest.mark.parametrize("address", [*UNUSUAL.split(), '"a b"@c.example'])
def test_an_unusual_address_is_one(address: str) -> None:
    assert list(address_problem("to.0", address)) == []


def test_a_local_part_may_be_longer_than_a_server_has_to_take() -> None:
    # Addresses for replies hold long marks, and their servers take them. The whole has a limit.
    assert list(address_problem("to.0", f"reply+{'x' * 80}@b.example")) == []
    assert [each.key for each in address_problem("to.0", f"{'x' * 250}@b.example")] == ["to.0"]
