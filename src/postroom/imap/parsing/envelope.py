"""ENVELOPE: the headers that the server has parsed for us (RFC 3501 section 7.4.2)."""

from __future__ import annotations

from postroom.footprint.dataclass import dataclass
from postroom.imap.parsing.tokens import Value
from postroom.mail.mime.encoded_words import decode_header, decode_text


@dataclass(frozen=True, slots=True)
class Address:
    """One address of an address list. `mailbox` and `host` are the parts before and after the @, "" when missing."""

    name: str | None
    mailbox: str
    host: str

    @property
    def address(self) -> str:
        """`mailbox@host`, or the part that is present."""
        return f"{self.mailbox}@{self.host}" if self.host else self.mailbox


@dataclass(frozen=True, slots=True)
class Envelope:
    """The main headers of a message, decoded for people; `date` is the Date header as written.

    Groups are replaced by their members. Address lists are empty when the server gave NIL.
    """

    date: str | None = None
    subject: str | None = None
    from_: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    in_reply_to: str | None = None
    message_id: str | None = None


_FIELDS = 10
_END_OF_GROUP: list[Value] = [None, None, None, None]
INVENTED_HOSTS = frozenset({b".MISSING-HOST-NAME.", b".SYNTAX-ERROR.", b"MISSING_DOMAIN", b"SYNTAX_ERROR"})
INVENTED_MAILBOXES = frozenset(
    {b"MISSING_MAILBOX", b"MISSING_MAILBOX_TERMINATOR", b"INVALID_ADDRESS", b"UNEXPECTED_DATA_AFTER_ADDRESS"}
)
"""Placeholders that Dovecot, Courier and UW derivatives write for an address without a mailbox or host."""


def read_envelope(value: Value) -> Envelope | None:
    """The envelope in `value`, None when it is NIL or no list. Missing fields and those of a wrong kind are empty."""
    if not isinstance(value, list):
        return None
    if len(value) < _FIELDS:
        value = [*value, *[None] * (_FIELDS - len(value))]
    date, subject, from_, sender, reply_to, to, cc, bcc, in_reply_to, message_id = value[:_FIELDS]
    authors = _addresses(from_)
    return Envelope(
        _text(date),
        _text(subject),
        authors,
        authors if sender == from_ else _addresses(sender),
        authors if reply_to == from_ else _addresses(reply_to),
        _addresses(to) if to else (),
        _addresses(cc) if cc else (),
        _addresses(bcc) if bcc else (),
        _text(in_reply_to),
        _text(message_id),
    )


def _text(value: Value) -> str | None:
    return decode_header(value).strip() if isinstance(value, bytes) else None


def _addresses(value: Value) -> tuple[Address, ...]:
    """The addresses of a list, which is NIL or a list of (name, source route, mailbox, host).

    A group starts with a NIL host and ends with a NIL mailbox. A start without an end is a mailbox without a host. The
    server's placeholders for a missing address are left out; a name without an address stays. Mailboxes and hosts are
    not searched for encoded words, because decoding them could turn one address into another.
    """
    if not isinstance(value, list):
        return ()
    if len(value) == 4 and not isinstance(value[0], list) and isinstance(value[2], bytes):
        value = [value]
    in_groups = _END_OF_GROUP in value
    found: list[Address] = []
    for item in value:
        if not isinstance(item, list) or len(item) < 4:
            continue
        name, _, mailbox, host = item[:4]
        if not isinstance(mailbox, bytes) or (host is None and in_groups):
            continue
        if mailbox in INVENTED_MAILBOXES:
            mailbox = host = b""
        elif not isinstance(host, bytes) or host in INVENTED_HOSTS:
            host = b""
        address = Address(_text(name) or None, decode_text(mailbox), decode_text(host))
        if address.name or address.address:
            found.append(address)
    return tuple(found)
