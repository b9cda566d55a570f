"""Messages of hostile values, made at random: none becomes a field, breaks a line, or is changed on the way."""

from __future__ import annotations

import email.policy
import random
import re
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Final

import pytest

from postroom.mail.composing.compose import compose
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure, Stamp
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.parameters import read_parameters

STAMP: Final = Stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "0123456789abcdef")
PIECES: Final = (
    *"abcXYZ019 \t\r\n\0\x0b\x1b\x7f,;:<>@()[]\\\".'=?_*%/-+&#!üé日🙂\u2028\u0085\u202e\u00a0\u3000",
    *("=?utf-8?q?a?=", "=?", "?=", "  ", "\r\n ", "\r\nBcc: x@y.example\r\n", "\r\n\r\n", "a" * 70, "b " * 40),
)
FIELDS: Final = {
    *("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    *("X-Own", "Sender"),
}


def flat(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def spaceless(text: str) -> str:
    """The library's reader puts spaces between the encoded words of a name."""
    return "".join(flat(text).split())


@pytest.mark.parametrize("seed", range(8))
def test_hostile_values_are_read_back_as_they_were_meant(seed: int) -> None:
    chosen = random.Random(seed)

    def some(most: int) -> str:
        return "".join(chosen.choice(PIECES) for _ in range(chosen.randrange(most)))

    for _ in range(50):
        name, other, subject, filename, text = some(12), some(12), some(30), some(20), some(200)
        file = Enclosure(some(30).encode(), f"text/plain; x={some(5)}", filename, None, some(5))
        draft = Draft(
            Correspondent("me@example.com", name),
            to=(Correspondent("a@b.example", other), Correspondent("c@d.example", name)),
            subject=subject,
            text=text,
            html=some(30) or None,
            enclosures=(file,),
            headers=(("X-Own", other), ("Sender", "Jörg <jo@example.com>")),
        )
        check(compose(draft, STAMP).octets, draft)


def check(octets: bytes, draft: Draft) -> None:
    head = octets.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\0" not in octets
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    message = message_from_bytes(octets, policy=email.policy.default)
    assert set(message.keys()) <= FIELDS
    fields = read_headers(head)
    assert decode_header(fields.get("subject", [b""])[0]) == flat(draft.subject)
    assert decode_header(fields["x-own"][0]) == flat(draft.headers[0][1])
    (sender,) = message["from"].addresses
    assert (spaceless(sender.display_name), sender.addr_spec) == (spaceless(draft.sender.name), "me@example.com")
    assert [each.addr_spec for each in message["to"].addresses] == ["a@b.example", "c@d.example"]
    assert message["sender"].address.addr_spec == "jo@example.com"
    plain = message.get_body(("plain",))
    assert plain is not None
    lines = (draft.text or "").replace("\r\n", "\n").replace("\r", "\n")
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")
    (file,) = draft.enclosures
    (part,) = [each for each in message.walk() if each.get_payload(decode=True) == file.content and each is not plain]
    disposition = " ".join(str(part["content-disposition"]).split())
    assert set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"}
    assert disposition.startswith(("attachment", "inline"))
    raw = next(value for name, value in part.raw_items() if name == "Content-Disposition")
    assert flat(read_parameters(str(raw).encode())[2].get("filename", "")) == flat(file.filename or "")
