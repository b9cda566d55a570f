"""Turns plain text into the HTML of the reference: backticks become code, JSON gets colours. Pure."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

from postroom.schemas.reference.curl import BODY, ORIGIN, Curl

_CODE: Final = re.compile(r"`([^`]+)`")
_JSON: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)'
    r'|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<value>\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?\b)"
)
_SHELL: Final = re.compile(rf"(?P<origin>{re.escape(ORIGIN)})|(?P<value>\$TOKEN)")


def prose(text: str) -> Markup:
    """Return text in which the parts between backticks are code."""
    parts = _CODE.split(text)
    marked = [Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)]
    return Markup().join(marked)


def json_text(text: str) -> Markup:
    """Return JSON with keys, texts and other values marked. Other text stays unmarked, except for JSON's words."""
    return _marked(text, _JSON)


def curl_text(curl: Curl, origin: str = ORIGIN) -> Markup:
    """Return a command with its origin, its token and its body marked. `origin` takes the place of the placeholder."""
    head = _marked(curl.head, _SHELL).replace(ORIGIN, escape(origin))
    return head + escape(BODY).format(json_text(curl.body)) if curl.body else head


def _marked(text: str, pattern: re.Pattern[str]) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in pattern.finditer(text):
        parts += [escape(text[end : match.start()]), _span(str(match.lastgroup), match.group())]
        end = match.end()
    return Markup().join([*parts, escape(text[end:])])


def _span(kind: str, text: str) -> Markup:
    return Markup('<span class="{}">{}</span>').format(kind, text)
