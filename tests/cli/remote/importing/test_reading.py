"""Files of accounts, whatever their encoding and form."""

from __future__ import annotations

from contextlib import suppress

import pytest

from postroom.cli.exits import CommandLineError
from postroom.cli.remote.importing.reading import read_batch

CSV = "account;name;imap.host\nä;Zoë;h.example.org\n"
UTF_8 = CSV.encode()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (UTF_8, None),
        (CSV.encode("utf-8-sig"), None),
        (CSV.encode("utf-8-sig"), "cp1252"),
        (CSV.encode("utf-16"), None),
        (CSV.encode("cp1252"), "cp1252"),
    ],
)
def test_the_usual_encodings(content: bytes, encoding: str | None) -> None:
    batch = read_batch(content, "accounts.csv", encoding)
    assert [(row.line, row.account, row.draft["name"]) for row in batch.rows] == [(2, "ä", "Zoë")]
    assert batch.bad == ()


def test_a_file_in_another_encoding_says_where_and_what_to_do() -> None:
    with pytest.raises(CommandLineError, match=r"is not UTF-8: see line 2\..*--encoding cp1252"):
        read_batch(CSV.encode("cp1252"), "accounts.csv")
    with pytest.raises(CommandLineError, match="no encoding 'utf-9'"):
        read_batch(UTF_8, "accounts.csv", "utf-9")


@pytest.mark.parametrize("encoding", ["undefined", "punycode", "hex", "utf-7"])
def test_an_encoding_of_another_kind_is_a_wrong_use_at_worst(encoding: str) -> None:
    with suppress(CommandLineError):
        read_batch(UTF_8 + b"-", "accounts.csv", encoding)


def test_a_line_that_is_nested_too_deeply_is_a_bad_line() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    batch = read_batch(f'{{"account": {deep}}}\n'.encode(), "accounts.jsonl")
    assert [(bad.line, "nested too deeply" in bad.why) for bad in batch.bad] == [(1, True)]
    table = read_batch(f"account;path\na;{'[' * 100_000}\n".encode(), "accounts.csv")
    assert [(bad.line, "is not JSON" in bad.why) for bad in table.bad] == [(2, True)]


def test_json_lines() -> None:
    lines = ['{"account": "a", "imap": {"host": "h.example.org"}}', "", '{"account": "b"', "[1]", '{"account": 3}']
    batch = read_batch("\r\n".join(lines).encode(), "accounts")
    assert [(row.line, row.account) for row in batch.rows] == [(1, "a")]
    assert [(bad.line, bad.why.split(":")[0]) for bad in batch.bad] == [
        (3, "it is not JSON"),
        (4, "it is not a JSON object"),
        (5, "it has no `account` and no `email`"),
    ]


def test_an_array_is_turned_into_lines_by_its_owner() -> None:
    with pytest.raises(CommandLineError, match=r"one JSON array.*jq"):
        read_batch(b' [{"account": "a"}]', "accounts.json")
