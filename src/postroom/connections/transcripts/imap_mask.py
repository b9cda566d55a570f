"""Makes the lines of an IMAP session fit to be shown: steps of a sign-in and contents of messages are left out. Pure.

Of what is sent, `imap/dialogue/shown` takes care. What a server says can repeat anything, so a second guard, the search
for the secrets themselves, comes after this one.
"""

from __future__ import annotations

import re
from typing import Final

from postroom.imap.dialogue.shown import SECRET_COMMANDS
from postroom.words.masking import MASK

__all__ = ["CUT", "ImapMask"]

CUT: Final = '"…"'
"""What stands for a string of a message: its subject, an address, a part of its text."""

_READ: Final = 4096
_LITERAL: Final = re.compile(r"(\{\d+\+?\})\r\n")
_TAGGED: Final = re.compile(r"(\S+) +(?:OK|NO|BAD)(?: |\Z)", re.IGNORECASE)
_FETCH: Final = re.compile(r"\* *\d+ +FETCH\b", re.IGNORECASE)
_DATA: Final = re.compile(
    r"\* *(?:\d+ +(?:EXISTS|EXPUNGE|RECENT)|OK|NO|BAD|BYE|PREAUTH|CAPABILITY|ENABLED|ESEARCH|FLAGS|ID|LIST|LSUB"
    r"|NAMESPACE|QUOTA|QUOTAROOT|SEARCH|SORT|STATUS|THREAD|VANISHED|XLIST)(?:[ ()]|\Z)",
    re.IGNORECASE,
)
_STRING: Final = re.compile(
    r'(INTERNALDATE +"[ \w:+-]{1,30}")|"(?:[^"\\]|\\(?:.|\Z))*(?:"|\Z)', re.IGNORECASE | re.DOTALL
)
_CONTENT: Final = re.compile(
    r"((?:BODY|BINARY)\[[^\]]*\](?:<\d+>)?|RFC822(?:\.TEXT|\.HEADER)?|PREVIEW)( +)(?!\{\d|~\{\d|NIL\b)[^\s()]+",
    re.IGNORECASE,
)

_TORN: Final = re.compile(rf"(?<![ (]){CUT}|{CUT}(?![ )]|\Z)")
"""A string with text directly beside it. It had a quote inside without an escape, so the text is a part of it."""


class ImapMask:
    """Knows which commands wait for their answers, because these decide what the server's lines can hold."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, str] = {}

    def sent(self, tag: str, name: str) -> None:
        """Note that a command waits for its answer."""
        self._open[tag] = name

    def received(self, text: bytes) -> str:
        """Return what to show of a response. `text` holds no literals, as in `RawResponse.text`."""
        said = _LITERAL.sub(r"\1 ", text[:_READ].decode("utf-8", "replace"))
        tagged = _TAGGED.match(said)
        if tagged is not None and tagged[1] in self._open:
            del self._open[tagged[1]]
            return said
        if said.startswith("+"):
            return f"+ {MASK}" if self._signs_in and said[1:].strip() else said
        if _FETCH.match(said):
            shown = _CONTENT.sub(rf"\1\2{CUT}", _STRING.sub(lambda found: found[1] or CUT, said))
            return _unusual(text) if _TORN.search(shown) else shown
        # After a literal of a wrong size, what looks like a response is a piece of a message.
        if _DATA.match(said) or not self._fetches:
            return said
        return _unusual(text)

    @property
    def _signs_in(self) -> bool:
        return not SECRET_COMMANDS.keys().isdisjoint(self._open.values())

    @property
    def _fetches(self) -> bool:
        return any("FETCH" in name for name in self._open.values())


def _unusual(text: bytes) -> str:
    return f"(a line of {len(text)} octets that is no usual response)"
