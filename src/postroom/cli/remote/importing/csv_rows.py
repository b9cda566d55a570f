"""Reads accounts from CSV as spreadsheets write it: comma, semicolon or tab, quotes, titles in the first line."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Final

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.accounts.drafts import Draft, field_names, with_value
from postroom.cli.remote.entering import parsed
from postroom.cli.remote.importing.rows import BadRow

__all__ = ["drafts_of_csv"]

_DELIMITERS: Final = ",;\t"
_LISTS: Final = ("path", "subconnections", "webhooksCustomHeaders")
_ALSO: Final[Mapping[str, str]] = {
    "id": "account",
    "e-mail": "email",
    "mail": "email",
    "login": "user",
    "username": "user",
    "imap.user": "imap.auth.user",
    "imap.password": "imap.auth.pass",
    "imap.pass": "imap.auth.pass",
    "smtp.user": "smtp.auth.user",
    "smtp.password": "smtp.auth.pass",
    "smtp.pass": "smtp.auth.pass",
}
"""Other titles of columns."""


def drafts_of_csv(text: str, name: str) -> Iterator[tuple[int, Draft] | BadRow]:
    """Yield each account with the line it begins in. Raises CommandLineError for titles that cannot be used."""
    # Excel writes such a line before the titles in some countries, and understands it everywhere.
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"')
    has_said = said.lower().startswith("sep=") and len(said) == 5
    delimiter = said[4] if has_said else _delimiter(first)
    reader = csv.reader(StringIO(rest if has_said else text, newline=""), delimiter=delimiter, strict=True)
    offset = 1 if has_said else 0
    try:
        titles = next(reader, [])
    except csv.Error as error:
        raise _unusable(f"The titles of {name} cannot be read: {error}.") from error
    columns = _columns(titles, name)
    yield from _drafts(reader, columns, offset)


def _drafts(reader: Iterator[list[str]], columns: Sequence[str], offset: int) -> Iterator[tuple[int, Draft] | BadRow]:
    while True:
        line = getattr(reader, "line_num", 0) + offset + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            advice = "; a quote may not be closed" if "end of data" in str(error) else ""
            yield BadRow(line, f"it is not CSV: {error}{advice}")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _draft(line, cells, columns)


def _draft(line: int, cells: list[str], columns: Sequence[str]) -> tuple[int, Draft] | BadRow:
    while len(cells) > len(columns) and not cells[-1].strip():
        cells.pop()
    if len(cells) > len(columns):
        return BadRow(line, f"it has {len(cells)} cells, and there are {len(columns)} titles")
    draft: Draft = {}
    for column, cell in zip(columns, cells, strict=False):
        # The blanks around a password may belong to it.
        value = cell if column.endswith(("pass", "password")) else cell.strip()
        if not value or not column:
            continue
        try:
            draft = with_value(draft, column, _value(column, value))
        except ValueError:
            return BadRow(line, f'"{column}" begins like JSON and is not JSON')
    return line, draft


def _value(column: str, cell: str) -> object:
    if column not in _LISTS:
        return cell
    return parsed(cell) if cell.startswith("[") else [cell]


def _columns(titles: list[str], name: str) -> list[str]:
    while titles and not titles[-1].strip():
        titles.pop()
    if not titles:
        raise _unusable(f"{name} is empty. Its first line must have the titles of the columns.")
    known = {_plain(each): each for each in field_names()} | {_plain(each): meant for each, meant in _ALSO.items()}
    columns = [_column(title, known, name) for title in titles]
    twice = sorted({column for column in columns if columns.count(column) > 1 and column})
    if twice:
        raise _unusable(f"{name} has several columns for {', '.join(twice)}.")
    if not {"account", "email"} & set(columns):
        raise _unusable(
            f"{name} has no column `account` or `email`. Its first line must have the titles of the columns."
        )
    return columns


def _column(title: str, known: Mapping[str, str], name: str) -> str:
    shown = title.strip()
    if shown.lower().startswith("metadata.") and len(shown) > len("metadata."):
        return f"metadata.{shown[len('metadata.') :]}"
    found = known.get(_plain(shown))
    if found is not None and found != "metadata.":
        return found
    near = difflib.get_close_matches(_plain(shown), list(known), n=1)
    question = f" Did you mean `{known[near[0]]}`?" if near else ""
    raise _unusable(f"{name} has a column {shown!r}, which no account has.{question}")


def _plain(title: str) -> str:
    """Return a title without what people write in different ways: case, blanks, `imap_host` for `imap.host`."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _delimiter(titles: str) -> str:
    counted = {delimiter: titles.count(delimiter) for delimiter in _DELIMITERS}
    return max(counted, key=lambda delimiter: counted[delimiter])


def _unusable(message: str) -> CommandLineError:
    return CommandLineError(message, ExitStatus.USAGE)
