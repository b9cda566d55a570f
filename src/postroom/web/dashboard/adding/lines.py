"""Lists and pairs as lines of a text, and back: folders, metadata, headers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from postroom.words.masking import MASK

__all__ = [
    "HEADERS",
    "METADATA",
    "ROLES",
    "is_line",
    "masked_headers",
    "sent_headers",
    "sent_list",
    "sent_pairs",
    "shown_headers",
    "shown_list",
    "shown_pairs",
]

HEADERS: Final = "webhooksCustomHeaders"
METADATA: Final = "metadata"
ROLES: Final = ("sent", "drafts", "junk", "trash", "archive")
"""The roles of folders that an account may choose, as the API begins their names."""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def shown_list(value: Any) -> str:
    """Return texts, one a line."""
    return "\n".join(value) if isinstance(value, list) else ""


def sent_list(text: str) -> object:
    """Return the lines of a text."""
    return _lines(text)


def is_line(name: str, value: str) -> bool:
    """Say whether a pair can be a line; one with line breaks, or `=` in its name, can not, and is left as it is."""
    broken = "\n" in f"{name}{value}" or "\r" in f"{name}{value}"
    return not broken and "=" not in name and bool(name)


def shown_pairs(value: Any) -> str:
    """Return pairs as `name=value`, one a line."""
    pairs = value.items() if isinstance(value, dict) else ()
    return "\n".join(f"{name}={each}" for name, each in pairs if is_line(name, each))


def sent_pairs(text: str) -> object:
    """Return the pairs of a text. A line without `=` is a name without a value."""
    return {name.strip(): value.strip() for name, _, value in _split(text, "=")}


def shown_headers(value: Any) -> str:
    """Return headers as `Name: value`, one a line."""
    headers = value if isinstance(value, list) else ()
    return "\n".join(f"{each.get('key', '')}: {each.get('value') or ''}".rstrip() for each in headers)


def sent_headers(text: str) -> object:
    """Return the headers of a text."""
    return [{"key": name.strip(), "value": value.strip()} for name, _, value in _split(text, ":")]


def masked_headers(text: str) -> str:
    """Return the text of headers with a mask in place of each value."""
    return "\n".join(_joined(name.strip(), value.strip()) for name, _, value in _split(text, ":"))


def _joined(name: str, value: str) -> str:
    return f"{name}: {MASK}" if value else f"{name}:"


def _split(text: str, between: str) -> Iterator[tuple[str, str, str]]:
    pairs: Iterable[str] = _lines(text)
    for line in pairs:
        yield line.partition(between)
