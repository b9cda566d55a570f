"""Words, groups, names and sets of arguments."""

from __future__ import annotations

import pytest

from postroom.imap.commands.arguments import group, mailbox_argument, same_mailbox, uid_argument, words
from postroom.imap.encode import Literal
from postroom.imap.errors import LocalProtocolError
from postroom.imap.sets import MAX_NUMBER, UidSet


def test_words_and_groups() -> None:
    literal = Literal(b"x")
    assert words(b"A", [b"B", literal], b"C") == [b"A", b" ", b"B", literal, b" ", b"C"]
    assert group([b"A", literal]) == [b"(", b"A", b" ", literal, b")"]


def test_mailbox_argument() -> None:
    assert mailbox_argument("Entwürfe", frozenset()) == b"Entw&APw-rfe"
    assert mailbox_argument("Entwürfe", frozenset({"IMAP4REV2"})) == '"Entwürfe"'.encode()
    assert mailbox_argument(b"odd & name", frozenset({"IMAP4REV2"})) == b'"odd & name"'
    with pytest.raises(LocalProtocolError):
        mailbox_argument("", frozenset())


@pytest.mark.parametrize(
    ("asked", "name", "same"),
    [("inbox", "INBOX", True), ("Work", "work", False), (b"Entw&APw-rfe", "Entwürfe", True), ("a", "b", False)],
)
def test_same_mailbox(asked: str | bytes, name: str, same: bool) -> None:
    assert same_mailbox(asked, name) is same


def test_a_set_without_an_end() -> None:
    assert uid_argument(UidSet([(3, 4), (9, MAX_NUMBER)])) == b"3:4,9:*"
    assert uid_argument(UidSet([(3, 4)])) == b"3:4"
