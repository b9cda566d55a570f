"""BODYSTRUCTURE: the tree of a message's MIME parts (RFC 3501 section 7.4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from postroom.imap.envelope import Envelope


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One MIME part and those below it.

    `section` is what to put into BODY[...] to fetch the part's content: '1.2', or 'TEXT' and '2.TEXT' for the
    multipart that is the body of the message, or of the message enclosed as part 2. `type`, `subtype`, `encoding`,
    `disposition` and the names of parameters are in lower case. `size` counts octets as transferred, `lines` only
    for text and enclosed messages. `parts` of a message/rfc822 is its one body, `envelope` its headers.
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

    @property
    def content_type(self) -> str:
        """`type/subtype`."""
        return f"{self.type}/{self.subtype}"

    @property
    def filename(self) -> str | None:
        """The name its sender gave the part, None when none; not yet safe as a file's name on a disk."""
        return self.disposition_params.get("filename") or self.params.get("name") or None

    def walk(self) -> Iterator[BodyPart]:
        """This part and all below it, in the order of the message, enclosed messages opened."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))
