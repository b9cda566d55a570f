"""Reads a file of accounts: its encoding, CSV or JSON Lines, and then each account in it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.accounts.drafts import Draft
from postroom.cli.remote.entering import parsed
from postroom.cli.remote.importing.csv_rows import drafts_of_csv
from postroom.cli.remote.importing.rows import BadRow, Batch, checked

__all__ = ["read_batch"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")


def read_batch(content: bytes, name: str, encoding: str | None = None) -> Batch:
    """Return the accounts in a file. Raises CommandLineError when it cannot be read as a whole.

    A name that ends in .jsonl, .ndjson or .json means JSON Lines, and so does a file that begins with a brace.
    """
    text = _decoded(content, name, encoding)
    is_json = PurePath(name).suffix.lower() in _JSON_SUFFIXES or text.lstrip()[:1] == "{"
    if is_json and text.lstrip()[:1] == "[":
        raise CommandLineError(
            f"{name} is one JSON array. Write one object in each line, such as with `jq -c '.[]' {name}`.",
            ExitStatus.USAGE,
        )
    return checked(_drafts_of_json(text) if is_json else drafts_of_csv(text, name))


def _decoded(content: bytes, name: str, encoding: str | None) -> str:
    marked = next((found for mark, found in _MARKS if content.startswith(mark)), None)
    wanted = marked or encoding or "utf-8"
    try:
        return content.decode(wanted)
    except LookupError as error:
        raise CommandLineError(f"There is no encoding {wanted!r}. Try cp1252 or utf-8.", ExitStatus.USAGE) from error
    except UnicodeError as error:
        line = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise CommandLineError(
            f"{name} is not {wanted.upper()}: see line {line}. Save it as UTF-8, or name its encoding, such as "
            "--encoding cp1252 for files of Excel.",
            ExitStatus.USAGE,
        ) from None


def _drafts_of_json(text: str) -> Iterator[tuple[int, Draft] | BadRow]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = parsed(line)
        except ValueError as error:
            # Its message names the place and not the text, which may hold a password.
            place = getattr(error, "msg", "a number is too long, or it is nested too deeply")
            yield BadRow(number, f"it is not JSON: {place}")
            continue
        if isinstance(value, Mapping):
            yield number, value
        else:
            yield BadRow(number, "it is not a JSON object")
