"""The answer of a call, and how it is shown: status, headers, JSON with colours, or what file it is. Pure."""

from __future__ import annotations

from dataclasses import field
from http import HTTPStatus
from typing import Final

import orjson
from markupsafe import Markup

from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference.markup import json_text
from postroom.web.design.tones import Tone

__all__ = ["CallAnswer", "ShownAnswer", "shown_answer"]

_MOST_COLOURED: Final = 200_000
_KILO: Final = 1024
_TEXTS: Final = ("application/json", "text/")


@dataclass(slots=True)
class CallAnswer:
    """An answer. `body` is what was kept of it; `size` is None where it is larger and does not say how large."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    size: int | None = None
    is_cut: bool = False

    def header(self, name: str) -> str:
        """Return a header, "" without it."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def is_text(self) -> bool:
        """Whether people can read the body."""
        return not self.body or self.header("content-type").startswith(_TEXTS)


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer for people. `text` is what it says, empty for a file; `remark` says what is not shown."""

    status: int
    phrase: str
    tone: Tone
    headers: list[tuple[str, str]]
    text: Markup | str
    remark: str


def shown_answer(found: CallAnswer) -> ShownAnswer:
    """Return an answer as the page shows it."""
    text, remark = _text(found) if found.is_text else ("", _file(found))
    tone: Tone = "ok" if found.status < HTTPStatus.BAD_REQUEST else "bad"
    return ShownAnswer(found.status, _phrase(found.status), tone, found.headers, text, remark)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _text(found: CallAnswer) -> tuple[Markup | str, str]:
    remark = f"Only the first {in_octets(len(found.body))} are shown." if found.is_cut else ""
    if not found.body:
        return "", "The answer has no body."
    text = found.body.decode(errors="replace")
    if not found.header("content-type").startswith("application/json") or found.is_cut:
        return text, remark
    pretty = _pretty(found.body)
    return (json_text(pretty) if len(pretty) <= _MOST_COLOURED else pretty), remark


def _pretty(body: bytes) -> str:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except ValueError:
        return body.decode(errors="replace")


def _file(found: CallAnswer) -> str:
    kind = found.header("content-type") or "no type"
    size = f"{in_octets(found.size)}" if found.size is not None else f"more than {in_octets(len(found.body))}"
    return f"The answer is a file: {kind}, {size}. Run the command to get it."


def in_octets(number: int) -> str:
    """Return a size in words."""
    if number < _KILO:
        return f"{number} bytes"
    return f"{number / _KILO:,.1f} KiB" if number < _KILO * _KILO else f"{number / _KILO / _KILO:,.1f} MiB"
