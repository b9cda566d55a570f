"""The marks of quotes and signatures, line by line."""

from __future__ import annotations

import pytest

from postroom.mail.quoting import marks


@pytest.mark.parametrize(
    ("lines", "above_quote", "start"),
    [
        (["On 2 March Ann wrote:"], False, 0),
        (["On Monday Ann wrote:"], False, None),
        (["On Monday Ann wrote:"], True, 0),
        (["On balance, yes.", "On 2 March Ann wrote:"], True, 1),
        (["Text", "Ann wrote:"], True, 1),
        (["Text", "My list:"], True, None),
        (["On 2 March", "", "Ann wrote:"], False, None),
        (["* Ann <ann@a.test> [2026-03-02]:"], True, 0),
    ],
)
def test_an_attribution_has_a_first_line(lines: list[str], above_quote: bool, start: int | None) -> None:
    assert marks.attribution_start(lines, len(lines) - 1, above_quote) == start


def test_a_block_needs_more_than_its_first_field() -> None:
    assert marks.is_block(["From: Ann", "", "Date: x", "", "Subject: x"], 0)
    assert not marks.is_block(["From: Ann", "Subject: x"], 0)
    assert not marks.is_block(["From: Ann", "one", "two", "Date: x", "Subject: x"], 0)
    assert not marks.is_block(["Subject: x", "Date: x", "To: Ann"], 0)


def test_a_line_that_is_too_long_is_no_mark() -> None:
    assert marks.is_separator("-----Original Message-----")
    assert not marks.is_separator("-" * 300 + "Original Message-----")
    assert not marks.is_mobile("Sent from my " + "x" * 200)
