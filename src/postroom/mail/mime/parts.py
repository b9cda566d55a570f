"""Which parts of a message are its own text: one rule for BODYSTRUCTURE and for whole messages. Pure.

A text with the disposition `attachment` is attached. A file name proves nothing, because many programs name every part.
So a text in a leading place is the message's own text, whatever its name. Leading places are: the only part, the first
of several mixed parts, and every alternative. Elsewhere, a text with a name is a file, and one without is more text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol, Self, TypeVar

_DEFAULT_SUBTYPES: Final = {"text": "plain", "multipart": "mixed"}
_OTHERS: Final = frozenset({"application", "audio", "font", "image", "model", "video", "chemical"})


class Part(Protocol):
    """A node of the tree; only a multipart has `parts`. Keywords are in lower case."""

    @property
    def type(self) -> str: ...
    @property
    def subtype(self) -> str: ...
    @property
    def disposition(self) -> str | None: ...
    @property
    def filename(self) -> str | None: ...
    @property
    def parts(self) -> Sequence[Self]: ...


_Part = TypeVar("_Part", bound=Part)


def words_of(root: _Part) -> Iterator[_Part]:
    """Yield the text/plain and text/html parts that are the message's own text, in the order of the message."""
    waiting = [(root, True)]
    while waiting:
        part, is_their_place = waiting.pop()
        if part.type == "multipart":
            waiting.extend(reversed([*_with_places(part, is_their_place)]))
        elif _can_be_words(part) and (is_their_place or not part.filename):
            yield part


def _with_places(multipart: _Part, is_their_place: bool) -> Iterator[tuple[_Part, bool]]:
    """The direct parts, each with whether it is in a leading place."""
    is_alternative = multipart.subtype == "alternative"
    for part in multipart.parts:
        yield part, is_alternative or is_their_place
        if part.type == "multipart" or _can_be_words(part):
            is_their_place = False


def _can_be_words(part: Part) -> bool:
    return part.type == "text" and part.subtype in ("plain", "html") and part.disposition != "attachment"


def read_type(kind: str | None, subtype: str | None) -> tuple[str, str]:
    """Return type and subtype in lower case, with defaults where the header lacks one or both, or is malformed.

    A part without a header, or with one that cannot be understood, is text/plain (RFC 2045 section 5.2), and so is the
    type `text` without a subtype. Other known types without a subtype keep their type.
    """
    kind, subtype = (kind or "").strip().lower(), (subtype or "").strip().lower()
    if kind and subtype:
        return kind, subtype
    if kind == "html":
        return "text", "html"
    if kind in _DEFAULT_SUBTYPES:
        return kind, _DEFAULT_SUBTYPES[kind]
    return (kind, "octet-stream") if kind in _OTHERS else ("text", "plain")
