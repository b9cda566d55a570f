"""Prints what a command has to say: for people, or with --json as one JSON object in each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from rich.text import Text

from postroom.cli.remote.output.tables import Cell, Column, print_fields, print_table
from postroom.cli.remote.output.terminal import OutputStreams, plain
from postroom.footprint.dataclass import dataclass
from postroom.words.masking import MASK

__all__ = ["Printer", "concealed"]

T = TypeVar("T", bound=Mapping[str, object])

_SECRET: Final = frozenset({"pass", "password", "accessToken", "refreshToken", "secret", "clientSecret", "token"})


@dataclass(frozen=True, slots=True)
class Printer:
    """How a command prints. Tables and sentences are for people, so `as_json` leaves them out."""

    streams: OutputStreams
    as_json: bool

    def rows(self, columns: Sequence[Column[T]], items: Iterable[T], *, none: str) -> None:
        """Print a list: as a table, or the sentence `none` when it is empty; or each item as JSON, as it comes."""
        if self.as_json:
            for item in items:
                self.json_line(item)
            return
        known = list(items)
        if known:
            print_table(self.streams.results, columns, known)
        else:
            self.remark(none)

    def item(self, item: Mapping[str, object], fields: Iterable[tuple[str, Cell]]) -> None:
        """Print one thing: as its fields, or as JSON."""
        if self.as_json:
            self.json_line(item)
        else:
            print_fields(self.streams.results, fields)

    def json_line(self, item: Mapping[str, object]) -> None:
        """Print a JSON object in a line. It is ASCII, so that a terminal shows it and does not obey it."""
        self.streams.results.file.write(json.dumps(item) + "\n")
        self.streams.results.file.flush()

    def mapping(self, value: object) -> None:
        """Print a value that is an object, such as one whose secrets were concealed."""
        assert isinstance(value, Mapping)
        self.json_line(value)

    def line(self, text: str | Text) -> None:
        """Print a line of the result, for people."""
        if not self.as_json:
            shown = plain(text) if isinstance(text, str) else text
            self.streams.results.print(shown, soft_wrap=True)

    def text(self, text: str) -> None:
        """Print several lines of the result, for people: such as the text of a message."""
        if not self.as_json:
            self.streams.results.print(plain(text, lines=True), soft_wrap=True)

    def remark(self, sentence: str, style: str = "") -> None:
        """Print a sentence on standard error, with and without --json."""
        self.streams.remarks.print(plain(sentence, style), soft_wrap=True)


def concealed(value: object) -> object:
    """Return a value with the mask in place of secrets. Postroom masks them itself; this is for an older one."""
    if isinstance(value, Mapping):
        return {name: MASK if name in _SECRET and item else concealed(item) for name, item in value.items()}
    return [concealed(item) for item in value] if isinstance(value, list | tuple) else value
