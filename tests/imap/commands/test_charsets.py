"""The charset of a search: UTF-8, one that the server names, or none."""

from __future__ import annotations

import pytest

from postroom.imap import encode
from postroom.imap.commands.arguments import words
from postroom.imap.commands.charsets import charset_words
from postroom.imap.commands.search import Search, search_text
from postroom.imap.encode import Literal
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ResponseCode
from tests.imap.conversation import Conversation

GREETING = words(b"SUBJECT", encode.string("Grüße"))


def test_the_first_charset_that_has_all_letters_is_taken() -> None:
    offered = ("US-ASCII", "nonsense", "", "UTF-16", "KOI8-R", "ISO-8859-1", "UTF-7")
    steps = search_text(GREETING)
    first = next(steps)
    assert isinstance(first, Search)
    assert first.charset == "UTF-8"
    again = steps.throw(CommandFailed("NO", ResponseCode("BADCHARSET", offered), "no", "UID SEARCH"))
    assert isinstance(again, Search)
    assert (again.charset, again.criteria[-1]) == ("ISO-8859-1", Literal("Grüße".encode("latin-1")))


def test_without_a_fitting_charset_none_is_named(conversation: Conversation) -> None:
    with pytest.raises(CommandFailed, match="8 bit"):
        conversation.opened("LITERAL-").play_steps(
            """
            C: a2 UID SEARCH CHARSET UTF-8 SUBJECT {7+}
            C: Grüße
            S: a2 NO [BADCHARSET (US-ASCII)] no
            C: a3 UID SEARCH SUBJECT {7+}
            C: Grüße
            S: a3 BAD 8 bit data in a command
            """,
            search_text(GREETING),
        )


@pytest.mark.parametrize("enabled", ["UTF8=ACCEPT", "IMAP4REV2"])
def test_once_utf8_is_enabled_no_charset_is_named(enabled: str) -> None:
    """RFC 6855 section 3: a server answers BAD to it."""
    assert charset_words("UTF-8", frozenset({enabled})) == ()
    chunks = Search([b"ALL"], charset="UTF-8").encode(frozenset(), frozenset({enabled}))
    assert b"".join(each for each in chunks if isinstance(each, bytes)) == b"UID SEARCH ALL"
    assert charset_words("UTF-8", frozenset()) == (b"CHARSET", b"UTF-8")
