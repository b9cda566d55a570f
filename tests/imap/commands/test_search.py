"""UID SEARCH with both kinds of answer, and the examples of RFC 4731."""

from __future__ import annotations

import pytest

from postroom.imap import encode
from postroom.imap.commands.arguments import words
from postroom.imap.commands.search import Search, SearchResult, search_text
from postroom.imap.dialogue.events import Completed, Failed
from postroom.imap.errors import CommandFailed, LocalProtocolError
from postroom.imap.limits import MOST_SEARCHED, LimitExceeded
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation


def test_all_without_parentheses(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 UID SEARCH ALL\nS: * SEARCH 9 2 3\nS: * SEARCH 4\nS: a2 OK done", Search())
    assert conversation.results() == [SearchResult(UidSet([(2, 4), (9, 9)]), 4, 2, 9)]


def test_an_answer_in_lines_without_end_is_cut_off(conversation: Conversation) -> None:
    script = "C: a2 UID SEARCH ALL\n" + "S: * SEARCH 9\n" * (MOST_SEARCHED + 1)
    with pytest.raises(LimitExceeded, match="lines in answer to one search"):
        conversation.opened().play(script, Search())


@pytest.mark.parametrize("answer", ["S: * SEARCH\n", ""])
def test_nothing_found(conversation: Conversation, answer: str) -> None:
    conversation.opened().play(f"C: a2 UID SEARCH ALL\n{answer}S: a2 OK done", Search())
    assert conversation.results() == [SearchResult(UidSet(), 0)]


def test_esearch(conversation: Conversation) -> None:
    """RFC 4731 section 3.1, asked with UID."""
    flagged = words(b"FLAGGED", b"SINCE", b"1-Feb-1994", b"NOT", b"FROM", encode.string("Smith"))
    conversation.opened("ESEARCH").play(
        """
        C: a2 UID SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "a2") UID MIN 2 COUNT 3
        S: a2 OK SEARCH completed
        C: a3 UID SEARCH RETURN (ALL) ALL
        S: * ESEARCH (TAG "a3") UID ALL 17:19,900
        S: a3 OK SEARCH completed
        C: a4 UID SEARCH RETURN (ALL COUNT) ALL
        S: * ESEARCH (TAG "a4") UID COUNT 0
        S: a4 OK SEARCH completed
        """,
        Search(flagged, ("MIN", "COUNT")),
        Search(),
        Search(returns=("ALL", "COUNT")),
    )
    assert conversation.results() == [
        SearchResult(None, count=3, min=2),
        SearchResult(UidSet([(17, 19), (900, 900)])),
        SearchResult(UidSet(), count=0),
    ]


def test_search_answered_where_esearch_was_promised(conversation: Conversation) -> None:
    conversation.opened("ESEARCH").play(
        "C: a2 UID SEARCH RETURN (ALL) ALL\nS: * SEARCH 5 (MODSEQ 917162500)\nS: a2 OK done", Search()
    )
    assert conversation.results() == [SearchResult(UidSet([(5, 5)]), 1, 5, 5, 917162500)]


def test_half_an_answer_is_no_result(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 UID SEARCH ALL\nS: * SEARCH 1 2 3\nS: a2 NO [THROTTLED] later", Search())
    assert conversation.of(Completed) == []
    assert len(conversation.of(Failed)) == 1


def test_charset_is_dropped_where_it_is_unknown(conversation: Conversation) -> None:
    result = conversation.opened("LITERAL+").play_steps(
        """
        C: a2 UID SEARCH CHARSET UTF-8 SUBJECT {7+}
        C: Grüße
        S: a2 NO [BADCHARSET (US-ASCII)] no
        C: a3 UID SEARCH SUBJECT {7+}
        C: Grüße
        S: * SEARCH 4
        S: a3 OK done
        """,
        search_text(words(b"SUBJECT", encode.string("Grüße"))),
    )
    assert result.uids == UidSet([(4, 4)])


def test_other_refusals_of_a_text_search_stand(conversation: Conversation) -> None:
    with pytest.raises(CommandFailed, match="SERVERBUG"):
        conversation.opened().play_steps(
            "C: a2 UID SEARCH CHARSET UTF-8 ALL\nS: a2 NO [SERVERBUG] oops", search_text([b"ALL"])
        )


def test_a_search_needs_criteria() -> None:
    with pytest.raises(LocalProtocolError):
        Search([]).encode(frozenset(), frozenset())


def test_an_answer_to_another_search_is_not_taken(conversation: Conversation) -> None:
    conversation.opened("ESEARCH").play(
        """
        C: a2 UID SEARCH RETURN (ALL) ALL
        S: * ESEARCH (TAG "a1") UID ALL 1:100
        S: * ESEARCH (TAG "A2") UID ALL 7
        S: * ESEARCH (TAG "a77") UID ALL 1:100
        S: a2 OK done
        """,
        Search(),
    )
    assert conversation.results() == [SearchResult(UidSet([(7, 7)]))]
