"""Searches as values."""

from __future__ import annotations

import pytest

from postroom.mailboxes.searching.terms import Terms, checked_set


def test_sets_are_written_as_the_server_takes_them() -> None:
    assert checked_set("5,1:3,2") == "1:3,5"
    assert checked_set("7:*") == "7:*"
    for text in ("0", "a", "", "1:", "4294967296"):
        with pytest.raises(ValueError, match=r".+"):
            checked_set(text)


def test_inner_searches_are_found() -> None:
    inner = Terms(gmail_raw="x")
    outer = Terms(either=(inner,), unlike=(Terms(unlike=(inner,)),))
    assert list(outer.all()).count(inner) == 2
    assert Terms().are_empty
    assert not outer.are_empty
