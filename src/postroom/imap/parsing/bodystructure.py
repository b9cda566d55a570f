"""BODYSTRUCTURE: the tree of a message's MIME parts (RFC 3501 section 7.4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.parsing.envelope import Envelope, read_envelope
from postroom.imap.parsing.numbers import read_number
from postroom.imap.parsing.tokens import Value
from postroom.mail.mime.encoded_words import decode_header, decode_text
from postroom.mail.mime.parameters import decode_parameters
from postroom.mail.mime.parts import read_type, words_of

MAX_NESTING = 100
"""Deeper parts are left out, so their parent has no parts. No honest message nests this deep."""

_USUAL = {
    spelt.encode("ascii"): word
    for word in (
        *("text", "plain", "html", "multipart", "mixed", "alternative", "related", "image", "png", "jpeg"),
        *("application", "pdf", "7bit", "8bit", "quoted-printable", "base64", "attachment", "inline"),
    )
    for spelt in (word, word.upper())
}
"""Keywords of nearly every part, as most servers spell them. They are shared; others are decoded each time."""


# Not frozen, because a frozen dataclass takes twice as long to make. Nobody changes it.
@dataclass(slots=True)
class BodyPart:
    """One MIME part and the parts below it.

    `section` is the text to put into BODY[...] to fetch the content: '1.2' for a part, 'TEXT' for the multipart that is
    the body of the message, '2.TEXT' for the body of a message enclosed as part 2. `type`, `subtype`, `encoding`,
    `disposition` and parameter names are in lower case. `size` counts octets as transferred. Only text and enclosed
    messages have `lines`. A message/rfc822 has its one body in `parts` and its headers in `envelope`. `is_guessed`
    means that the server named no type, so the headers of the message may tell more.
    """

    section: str
    type: str
    subtype: str
    params: dict[str, str] = field(default_factory=dict)
    content_id: str | None = None
    description: str | None = None
    encoding: str | None = None
    size: int | None = None
    lines: int | None = None
    md5: str | None = None
    disposition: str | None = None
    disposition_params: dict[str, str] = field(default_factory=dict)
    language: tuple[str, ...] = ()
    location: str | None = None
    envelope: Envelope | None = None
    parts: tuple[BodyPart, ...] = ()
    is_guessed: bool = False

    @property
    def content_type(self) -> str:
        """`type/subtype`."""
        return f"{self.type}/{self.subtype}"

    @property
    def charset(self) -> str | None:
        """The charset parameter as written, None when there is none."""
        return self.params.get("charset") or None

    @property
    def filename(self) -> str | None:
        """The file name that the sender gave, None when there is none. It is not safe to use on a disk."""
        return self.disposition_params.get("filename") or self.params.get("name") or None

    def walk(self) -> Iterator[BodyPart]:
        """This part and all parts below it, those of enclosed messages included, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))

    def leaves(self) -> Iterator[BodyPart]:
        """The parts that a reader of the message sees: no multiparts, and enclosed messages as one part each."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.type == "multipart":
                waiting.extend(reversed(part.parts))
            else:
                yield part

    def text_parts(self) -> tuple[BodyPart, ...]:
        """The text/plain and text/html parts that are the message's own text, in order."""
        return tuple(words_of(self))

    def attachments(self, texts: tuple[BodyPart, ...] | None = None) -> tuple[BodyPart, ...]:
        """All other leaves, including inline images and enclosed messages, in order.

        `texts` are the text parts, if the caller has them already.
        """
        words = {id(part) for part in (self.text_parts() if texts is None else texts)}
        return tuple(part for part in self.leaves() if id(part) not in words)


def read_body(value: Value) -> BodyPart | None:
    """The part tree in `value`, None when it is NIL or no list. Missing values and those of a wrong kind stay empty."""
    if not isinstance(value, list) or not value:
        return None
    return _read_part(value, "", 0)


def _read_part(value: list[Value], section: str, depth: int) -> BodyPart:
    """`section` is the number of the part, or of the message whose body it is ("" for the outermost)."""
    if isinstance(value[0], list) or (value[0] is None and len(value) > 1 and isinstance(value[1], list)):
        return _read_multipart(value, section, depth)
    return _read_leaf(value, section or "1", depth)


def _read_body_of_message(value: list[Value], section: str, depth: int) -> BodyPart:
    """The body of the message enclosed as part `section`: a multipart keeps that number, a leaf is its part 1."""
    if isinstance(value[0], list):
        return _read_multipart(value, section, depth, of_message=True)
    return _read_leaf(value, f"{section}.1", depth)


def _read_multipart(value: list[Value], section: str, depth: int, *, of_message: bool = False) -> BodyPart:
    """`(part part ... subtype params disposition language location)`; an empty multipart has no parts."""
    count = next((at for at, item in enumerate(value) if isinstance(item, bytes)), len(value))
    prefix = f"{section}." if section else ""
    parts: list[BodyPart] = []
    if depth < MAX_NESTING:
        for number, item in enumerate(value[:count], start=1):
            if isinstance(item, list) and item:
                parts.append(_read_part(item, f"{prefix}{number}", depth + 1))
    subtype, params, disposition, language, location = _padded(value[count : count + 5], 5)
    kind, kind_params = _disposition(disposition)
    return BodyPart(
        section=f"{prefix}TEXT" if of_message or not section else section,
        type="multipart",
        subtype=_keyword(subtype) or "mixed",
        params=decode_parameters(params) if params else {},
        disposition=kind,
        disposition_params=kind_params,
        language=_language(language),
        location=_text(location),
        parts=tuple(parts),
    )


def _read_leaf(value: list[Value], section: str, depth: int) -> BodyPart:
    """`(type subtype params id description encoding size [type-specific] md5 disposition language location)`."""
    kind, subtype, params, content_id, description, encoding, size = _padded(value, 7)
    type_, subtype_ = _type(kind, subtype)
    envelope: Envelope | None = None
    parts: tuple[BodyPart, ...] = ()
    lines: int | None = None
    at = 7
    if type_ == "text":
        lines, at = read_number(value[7] if len(value) > 7 else None), 8
    elif type_ == "message" and len(value) > 8 and isinstance(value[8], list) and value[8]:
        envelope = read_envelope(value[7])
        parts = (_read_body_of_message(value[8], section, depth + 1),) if depth < MAX_NESTING else ()
        lines, at = read_number(value[9] if len(value) > 9 else None), 10
    md5, disposition, language, location = _padded(value[at : at + 4], 4)
    disposition_kind, disposition_params = _disposition(disposition)
    return BodyPart(
        section,
        type_,
        subtype_,
        decode_parameters(params) if params else {},
        _text(content_id),
        _text(description),
        _keyword(encoding),
        read_number(size),
        lines,
        _text(md5),
        disposition_kind,
        disposition_params,
        _language(language),
        _text(location),
        envelope,
        parts,
        is_guessed=not kind,
    )


def _type(kind: Value, subtype: Value) -> tuple[str, str]:
    """Dovecot writes "" when it cannot understand the header. Values that are not strings are a server's fault."""
    if isinstance(kind, bytes) and not isinstance(subtype, list):
        return read_type(_keyword(kind), _keyword(subtype))
    return _keyword(kind) or "application", "octet-stream"


def _padded(values: list[Value], count: int) -> list[Value]:
    return values[:count] if len(values) >= count else [*values, *[None] * (count - len(values))]


def _keyword(value: Value) -> str | None:
    if not isinstance(value, bytes):
        return None
    return _USUAL.get(value) or decode_text(value).strip().lower() or None


def _text(value: Value) -> str | None:
    return decode_header(value) if isinstance(value, bytes) else None


def _disposition(value: Value) -> tuple[str | None, dict[str, str]]:
    """`("attachment" ("filename" "x"))`, or the bare string `"inline"` that Exchange writes."""
    if isinstance(value, bytes):
        return _keyword(value), {}
    if not value:
        return None, {}
    rest = value[1] if len(value) == 2 else value[1:]
    return _keyword(value[0]), decode_parameters(rest)


def _language(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(
        decode_text(item) for item in (value if isinstance(value, list) else [value]) if isinstance(item, bytes)
    )
