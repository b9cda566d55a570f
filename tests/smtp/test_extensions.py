"""What a server offers."""

from __future__ import annotations

import pytest

from postroom.smtp.extensions import NO_EXTENSIONS, Extensions, extensions_of


def test_all_that_is_known() -> None:
    lines = ["SIZE 35882577", "8BITMIME", "SMTPUTF8", "PIPELINING", "CHUNKING", "DSN", "AUTH PLAIN", "HELP"]
    lines.append("LIMITS RCPTMAX=50 MAILMAX=10 OTHER")
    assert extensions_of(lines) == Extensions(35882577, True, True, True, True, True, True, 50, 10)


def test_in_any_spelling_and_with_any_nonsense() -> None:
    assert extensions_of(["pipelining", " Size  100 ", "", "8bitmime x", "auth=plain"]) == Extensions(
        size=100, takes_size=True, pipelining=True, eight_bit=True
    )
    assert extensions_of([]) == NO_EXTENSIONS


@pytest.mark.parametrize("line", ["SIZE", "SIZE 0", "SIZE many", "SIZE -1", "SIZE ٣", f"SIZE {'9' * 5000}"])
def test_no_limit(line: str) -> None:
    offered = extensions_of([line])
    assert (offered.size, offered.takes_size) == (None, True)


def test_limits_without_a_number() -> None:
    offered = extensions_of(["LIMITS RCPTMAX= MAILMAX=0 RCPTDOMAINMAX=1"])
    assert (offered.most_recipients, offered.most_messages) == (None, None)
