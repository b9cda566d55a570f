"""The quick way to read BODYSTRUCTURE: where a part ends, and what is left to the general way."""

from __future__ import annotations

import pytest

from postroom.imap.parsing.usual_parts import Unusual, read_part
from tests.imap.parsing.usual import TEXT


def test_a_part_ends_where_its_text_ends() -> None:
    text = f'x ({TEXT} {TEXT} "mixed") UID 7'
    part, end = read_part(text, 2)
    assert text[end:] == " UID 7"
    assert [(each.section, each.content_type) for each in part.walk()] == [
        ("TEXT", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "text/plain"),
    ]


@pytest.mark.parametrize("text", ["NIL", "(", "((", f"({TEXT}", f'({TEXT}"mixed")', "()", "(())"])
def test_anything_else_is_unusual(text: str) -> None:
    with pytest.raises(Unusual):
        read_part(text, 0)
