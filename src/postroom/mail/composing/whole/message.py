"""A message that a caller sends whole: what its header says, and the same message made ready to be sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from email.utils import format_datetime
from io import BytesIO
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.compose import Composed, new_message_id
from postroom.mail.composing.draft import Correspondent, Draft, Stamp
from postroom.mail.composing.fields import address_field, id_field, is_writable_id, text_field
from postroom.mail.composing.further import further_field
from postroom.mail.composing.line_ends import has_long_line, with_crlf
from postroom.mail.composing.whole.addresses import read_addresses
from postroom.mail.composing.whole.ascii_fields import in_ascii
from postroom.mail.composing.whole.header import HeaderField, MalformedHeader, first_value, split_header
from postroom.mail.composing.whole.parts import NotEncodable, recoded
from postroom.mail.identity.message_ids import bare_id, message_ids
from postroom.mail.mime.encoded_words import decode_header

__all__ = ["CONTROL", "LONGEST_HEADER", "UnsendableWhole", "WholeMessage", "read_whole", "rewritten"]

CONTROL: Final = "x-ee-"
"""How the names of fields begin that tell us how to send the message, and that no server gets."""

LONGEST_HEADER: Final = 512 * 1024
"""Octets of a header. Many mail servers take less."""

_NEVER_SENT: Final = frozenset({"bcc", "resent-bcc"})
_BINARY: Final = re.compile(rb"^content-transfer-encoding[ \t]*:[ \t]*binary", re.IGNORECASE | re.MULTILINE)
_NOBODY: Final = Correspondent("")


class UnsendableWhole(ValueError):
    """A whole message cannot be sent. The error says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """A message with CRLF line ends, its fields, and where its body begins."""

    octets: bytes = field(repr=False)
    fields: tuple[HeaderField, ...]
    body: int

    def said(self) -> Draft:
        """Return what the header says, as a draft without texts and files.

        The address of the sender is empty when there is none. All addresses are as they are written.
        """
        ids = [f"<{each}>" for each in message_ids(self._text("references")) if is_writable_id(each)]
        replied = bare_id(self._text("in-reply-to"))
        own = bare_id(self._text("message-id"))
        return Draft(
            sender=next(iter(self._people("from")), _NOBODY),
            to=self._people("to"),
            cc=self._people("cc"),
            bcc=self._people("bcc"),
            reply_to=self._people("reply-to"),
            subject=self._text("subject"),
            message_id=f"<{own}>" if "@" in own and is_writable_id(own) else None,
            in_reply_to=f"<{replied}>" if is_writable_id(replied) else None,
            references=tuple(ids),
        )

    def controls(self) -> dict[str, str]:
        """Return the fields that tell us how to send the message, by what follows `X-EE-` in lower case."""
        found: dict[str, str] = {}
        for each in self.fields:
            if each.name.startswith(CONTROL):
                found.setdefault(each.name.removeprefix(CONTROL), decode_header(each.value))
        return found

    def _people(self, name: str) -> tuple[Correspondent, ...]:
        return tuple(person for each in self.fields if each.name == name for person in read_addresses(each.value))

    def _text(self, name: str) -> str:
        return decode_header(first_value(self.fields, name) or b"")


def read_whole(raw: bytes) -> WholeMessage:
    """Return the message, with CRLF line ends. Raises UnsendableWhole."""
    octets = with_crlf(_without_binary(raw))
    if b"\0" in octets:
        raise UnsendableWhole("holds a NUL octet, which no mail server has to take")
    try:
        fields, body = split_header(octets)
    except MalformedHeader as error:
        raise UnsendableWhole(f"is no message: {error}") from error
    if body > LONGEST_HEADER:
        raise UnsendableWhole(f"has a header of {body} octets, and at most {LONGEST_HEADER} can be sent")
    return WholeMessage(octets, tuple(fields), body)


def rewritten(whole: WholeMessage, head: Draft, stamp: Stamp) -> Composed:
    """Return the message with what `head` says otherwise than its own header, and with what it lacks.

    Bcc and the fields for us are left out. Fields in other charsets are written in ASCII, long lines are broken.
    Raises UnsendableWhole.
    """
    id_ = head.message_id or new_message_id(head.sender, stamp)
    changed = {each.name: each for each in _changes(whole.said(), head)}
    if [each.value for each in whole.fields if each.name == "message-id"] != [id_.encode()]:
        changed["message-id"] = HeaderField.of(id_field("Message-ID", (id_,)))
    fields = [*_kept(whole.fields, changed), *_missing(whole, changed, stamp)]
    buffer = BytesIO()
    buffer.writelines(each.octets for each in fields)
    buffer.write(b"\r\n")
    buffer.write(memoryview(whole.octets)[whole.body :])
    if not whole.octets.endswith(b"\r\n"):
        buffer.write(b"\r\n")
    return Composed(_with_short_lines(buffer.getvalue()), id_)


def _without_binary(raw: bytes) -> bytes:
    """Return a message whose binary parts, if it has any, are encoded: their octets only look like line ends.

    A message that has LF line ends throughout has none.
    """
    is_crlf = raw.find(b"\r\n") == raw.find(b"\n") - 1
    if not is_crlf or not _is_binary(raw) or not _BINARY.search(raw):
        return raw
    try:
        return recoded(raw, _is_binary)
    except NotEncodable as error:
        raise UnsendableWhole(f"has a binary part that cannot be encoded: {error}") from error


def _is_binary(octets: bytes) -> bool:
    ends = octets.count(b"\r\n")
    return not ends == octets.count(b"\n") == octets.count(b"\r") or b"\0" in octets


def _changes(said: Draft, head: Draft) -> Iterator[HeaderField]:
    """Yield the fields that differ from those of the message."""
    people = (
        ("From", (said.sender,), (head.sender,)),
        ("To", said.to, head.to),
        ("Cc", said.cc, head.cc),
        ("Reply-To", said.reply_to, head.reply_to),
    )
    for name, before, after in people:
        if after != before and after:
            yield HeaderField.of(address_field(name, after))
    if head.subject != said.subject:
        yield HeaderField.of(text_field("Subject", head.subject))
    if head.in_reply_to is not None and head.in_reply_to != said.in_reply_to:
        yield HeaderField.of(id_field("In-Reply-To", (head.in_reply_to,)))
    if head.references and head.references != said.references:
        yield HeaderField.of(id_field("References", head.references))
    for name, value in head.headers:
        yield HeaderField.of(further_field(name, value))


def _kept(fields: Sequence[HeaderField], changed: Mapping[str, HeaderField]) -> Iterator[HeaderField]:
    """Yield the fields of the message that are sent, with the changed ones in their places."""
    written: set[str] = set()
    for each in fields:
        if each.name in _NEVER_SENT or each.name.startswith(CONTROL):
            continue
        if each.name not in changed:
            yield _with_short_fold(in_ascii(each))
        elif each.name not in written:
            written.add(each.name)
            yield changed[each.name]


def _missing(whole: WholeMessage, changed: Mapping[str, HeaderField], stamp: Stamp) -> Iterator[HeaderField]:
    there = {each.name for each in whole.fields}
    for name, each in changed.items():
        if name not in there and name not in _NEVER_SENT and not name.startswith(CONTROL):
            yield each
    there |= changed.keys()
    if "date" not in there:
        yield HeaderField.of(f"Date: {format_datetime(stamp.date)}")
    if "mime-version" not in there:
        yield HeaderField.of("MIME-Version: 1.0")
    if "content-type" not in there and not whole.octets.isascii() and _is_utf8(whole.octets[whole.body :]):
        yield HeaderField.of("Content-Type: text/plain; charset=utf-8")
        if "content-transfer-encoding" not in there:
            yield HeaderField.of("Content-Transfer-Encoding: 8bit")


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not octets.isascii()


def _with_short_fold(field: HeaderField) -> HeaderField:
    """Return a field with lines that are not too long."""
    if not has_long_line(field.octets):
        return field
    name, _, _ = field.octets.partition(b":")
    value = field.value.decode("utf-8", "replace")
    return HeaderField.of(text_field(name.decode("ascii").strip(), value, is_structured=True))


def _with_short_lines(octets: bytes) -> bytes:
    if not has_long_line(octets):
        return octets
    try:
        done = recoded(octets, has_long_line)
    except NotEncodable as error:
        raise UnsendableWhole(f"holds a line of more than 998 octets, and {error}") from error
    if has_long_line(done):
        raise UnsendableWhole("holds a line of more than 998 octets in a place where it cannot be broken")
    return done
