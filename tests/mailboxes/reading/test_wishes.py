"""What a caller wants of a text, and which parts that takes."""

from __future__ import annotations

import pytest

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mail.shapes import TextKind
from postroom.mailboxes.reading.wishes import MOST_READ, TextWish

PLAIN, HTML = BodyPart("1", "text", "plain", size=1), BodyPart("2", "text", "html", size=1)
BOTH = {"plain": [PLAIN], "html": [HTML]}
ONLY_HTML: dict[str, list[BodyPart]] = {"plain": [], "html": [HTML]}
ONLY_PLAIN: dict[str, list[BodyPart]] = {"plain": [PLAIN], "html": []}


@pytest.mark.parametrize(
    ("kind", "is_safe", "parts", "sections"),
    [
        ("plain", False, BOTH, ["1"]),
        ("html", False, BOTH, ["2"]),
        ("*", False, BOTH, ["1", "2"]),
        ("new", False, BOTH, ["1", "2"]),
        ("plain", False, ONLY_HTML, ["2"]),
        ("html", False, ONLY_PLAIN, []),
        ("html", True, ONLY_PLAIN, ["1"]),
        ("html", True, BOTH, ["2"]),
    ],
)
def test_only_the_parts_that_are_needed(
    kind: TextKind, is_safe: bool, parts: dict[str, list[BodyPart]], sections: list[str]
) -> None:
    chosen = TextWish(kind, is_safe=is_safe).chosen(parts)
    assert [part.section for each in chosen.values() for part in each] == sections


def test_what_is_read_is_bounded_whatever_the_caller_allows() -> None:
    assert TextWish("*").limit == MOST_READ
    assert TextWish("*", 2**30).limit == MOST_READ
    assert 4 * 1000 < TextWish("*", 1000).limit < 256 * 1024
