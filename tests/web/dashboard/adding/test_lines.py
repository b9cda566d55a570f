"""Lists and pairs as lines, and back."""

from __future__ import annotations

import pytest

from postroom.web.dashboard.adding import lines


def test_lists_go_there_and_back() -> None:
    assert lines.sent_list(lines.shown_list(["INBOX", "\\Sent"])) == ["INBOX", "\\Sent"]
    assert lines.sent_list(" INBOX \r\n\r\n a b \n") == ["INBOX", "a b"]
    assert lines.shown_list(None) == ""


def test_pairs_go_there_and_back() -> None:
    pairs = {"team": "blue", "formula": "a=b", "empty": ""}
    assert lines.sent_pairs(lines.shown_pairs(pairs)) == pairs
    assert lines.sent_pairs("alone\n x = y ") == {"alone": "", "x": "y"}
    assert lines.shown_pairs(None) == ""


@pytest.mark.parametrize(("name", "value"), [("a=b", "x"), ("a", "x\ny"), ("a", "x\ry"), ("a\nb", "x"), ("", "x")])
def test_pairs_that_are_no_lines_are_not_shown(name: str, value: str) -> None:
    assert not lines.is_line(name, value)
    assert lines.shown_pairs({name: value, "good": "yes"}) == "good=yes"


def test_headers_go_there_and_back() -> None:
    headers = [{"key": "X-A", "value": "one: two"}, {"key": "X-B", "value": ""}]
    assert lines.sent_headers(lines.shown_headers(headers)) == headers
    assert lines.shown_headers(None) == ""


def test_values_of_headers_are_masked_as_stored_ones_are_shown() -> None:
    typed = "X-A:  one: two \r\nX-B:\nno header"
    assert lines.masked_headers(typed) == "X-A: ******\nX-B:\nno header:"
    assert lines.masked_headers("X-A: one") == lines.shown_headers([{"key": "X-A", "value": "******"}])
