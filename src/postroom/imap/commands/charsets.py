"""The charset of the texts in a search: UTF-8, or one that the server names in BADCHARSET (RFC 3501 section 6.4.4).

Once UTF-8 is enabled for the session, a search must not name a charset (RFC 6855 section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from postroom.imap import encode
from postroom.imap.commands.arguments import UTF8_EXTENSIONS, Chunks
from postroom.imap.commands.command import Command, Composite, run
from postroom.imap.encode import Argument, Literal
from postroom.imap.errors import CommandFailed

__all__ = ["charset_words", "in_charset"]

T = TypeVar("T")


def charset_words(charset: str | None, enabled: frozenset[str]) -> tuple[Argument, ...]:
    """The words that name a charset in a search; none when it is None or UTF-8 is enabled."""
    if charset is None or not UTF8_EXTENSIONS.isdisjoint(enabled):
        return ()
    return b"CHARSET", encode.astring(charset)


def in_charset(search: Callable[[Chunks, str | None], Command[T]], criteria: Chunks) -> Composite[T]:
    """Run a search with UTF-8 literals in its criteria. `search` makes the command from criteria and a charset.

    If the server refuses UTF-8, the search is sent in the first charset that the server names and that has all the
    letters. If there is none, it is sent in UTF-8 without saying so.
    """
    try:
        return (yield from run(search(list(criteria), "UTF-8")))
    except CommandFailed as refusal:
        named = refusal.code is not None and refusal.code.name == "BADCHARSET"
        if not named and refusal.status != "BAD":
            raise
        offered = refusal.code.arguments if named and refusal.code is not None else ()
    for charset in offered:
        recoded = _recoded(criteria, charset)
        if recoded is not None:
            return (yield from run(search(recoded, charset)))
    return (yield from run(search(list(criteria), None)))


def _recoded(criteria: Chunks, charset: str) -> Chunks | None:
    """The criteria with their literals in another charset; None when it is unknown or lacks a letter."""
    try:
        # A charset that is not made of ASCII (UTF-16) cannot be one: the other octets of the command are ASCII.
        if not charset or "a".encode(charset) != b"a":
            return None
        return [
            Literal(each.data.decode("utf-8").encode(charset)) if isinstance(each, Literal) else each
            for each in criteria
        ]
    except (LookupError, UnicodeError, ValueError):
        return None
