"""Which quotes are cut, and which stay between the answers of the sender."""

from __future__ import annotations

import pytest

from postroom.mail.quoting.kinds import PieceKind, settled

LETTERS = {"t": PieceKind.TEXT, "q": PieceKind.QUOTE, "s": PieceKind.SIGNATURE, "b": PieceKind.BLANK}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("tq", "tq"),
        ("qqbt", "qqbt"),
        ("tqt", "tqt"),
        ("qtq", "ttq"),
        ("tqbtqtqs", "ttbtttqs"),
        ("qsq", "qsq"),
        ("tqbqt", "tqbqt"),
    ],
)
def test_quotes_between_answers_stay(before: str, after: str) -> None:
    assert settled([LETTERS[letter] for letter in before]) == [LETTERS[letter] for letter in after]
