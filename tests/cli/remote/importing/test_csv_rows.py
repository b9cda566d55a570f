"""CSV as spreadsheets write it."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.importing.csv_rows import drafts_of_csv
from postroom.cli.remote.importing.rows import BadRow

IMAP = {"host": "h.example.org", "port": "993"}


def read(text: str) -> list[Any]:
    return list(drafts_of_csv(text, "accounts.csv"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_delimiter_and_end_of_line(delimiter: str, end: str) -> None:
    lines = [["account", "imap.host", "imap.port"], ["a", "h.example.org", "993"]]
    assert read(end.join(delimiter.join(cells) for cells in lines) + end) == [(2, {"account": "a", "imap": IMAP})]


def test_the_line_with_which_excel_names_the_delimiter() -> None:
    assert read("sep=|\naccount|imap.host\na|h.example.org\n") == [
        (3, {"account": "a", "imap": {"host": "h.example.org"}})
    ]


def test_titles_as_people_write_them() -> None:
    text = "E-Mail,Password,IMAP host,imap_port,imap.user,Metadata.Tenant\na@b.example, p ,h,993,u,42\n"
    assert read(text) == [
        (
            2,
            {
                "email": "a@b.example",
                # Blanks may belong to a password.
                "password": " p ",
                "imap": {"host": "h", "port": "993", "auth": {"user": "u"}},
                "metadata": {"Tenant": "42"},
            },
        )
    ]


def test_empty_cells_and_lines_say_nothing() -> None:
    assert read("account,name,imap.host\na,,\n\n,,\nb,B,,,\n") == [
        (2, {"account": "a"}),
        (5, {"account": "b", "name": "B"}),
    ]


def test_cells_with_quotes_lines_and_lists() -> None:
    text = 'account,name,path\na,"A ""B"",\nC","[""INBOX"", ""\\\\Sent""]"\nb,B,INBOX\n'
    assert read(text) == [
        (2, {"account": "a", "name": 'A "B",\nC', "path": ["INBOX", "\\Sent"]}),
        (4, {"account": "b", "name": "B", "path": ["INBOX"]}),
    ]


def test_each_broken_line_is_named() -> None:
    text = 'account,name,path\na,A,INBOX,more\nb,"B" x,\nc,C,[hidden\nd,"D\ne,E,\n'
    found = read(text)
    assert all(isinstance(bad, BadRow) for bad in found)
    assert [(bad.line, bad.why.split(":")[0]) for bad in found] == [
        (2, "it has 4 cells, and there are 3 titles"),
        (3, "it is not CSV"),
        (4, '"path" begins like JSON and is not JSON'),
        (5, "it is not CSV"),
    ]
    assert "a quote may not be closed" in found[-1].why
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("titles", "says"),
    [
        ("", "is empty"),
        ("name,imap.host", "no column `account` or `email`"),
        ("account,imap.hst", "a column 'imap.hst', which no account has. Did you mean `imap.host`?"),
        ("account,imap.host,imap host", "several columns for imap.host"),
        ('account,"na', "titles of accounts.csv cannot be read"),
    ],
)
def test_titles_that_cannot_be_used(titles: str, says: str) -> None:
    with pytest.raises(CommandLineError) as raised:
        read(f"{titles}\na,b,c")
    assert says in str(raised.value)
    assert raised.value.status == ExitStatus.USAGE
