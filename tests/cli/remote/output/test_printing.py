"""For people or for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from postroom.cli.remote.output.printing import Printer, concealed
from postroom.cli.remote.output.tables import Column
from postroom.cli.remote.output.terminal import open_streams

COLUMNS: list[Column[dict[str, object]]] = [Column("name", lambda item: str(item["name"]))]
HOSTILE = "\x1b[2J\x9b\u202eä\n"


def test_a_list_is_a_table_or_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    items: list[dict[str, object]] = [{"name": HOSTILE}, {"name": "b"}]
    for as_json in (False, True):
        Printer(open_streams(), as_json).rows(COLUMNS, items, none="Nothing.")
    people, programs = capsys.readouterr().out.split('{"name"', 1)
    assert people.splitlines()[0] == "name"
    assert "\x1b" not in people
    assert programs.isascii()
    assert [json.loads(line) for line in ('{"name"' + programs).splitlines()] == [{"name": HOSTILE}, {"name": "b"}]


def test_json_comes_item_by_item(capsys: pytest.CaptureFixture[str]) -> None:
    def items() -> Iterator[dict[str, object]]:
        yield {"name": "a"}
        assert capsys.readouterr().out == '{"name": "a"}\n'
        yield {"name": "b"}

    Printer(open_streams(), True).rows(COLUMNS, items(), none="Nothing.")


def test_nothing_is_said_to_people_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Printer(open_streams(), False).rows(COLUMNS, [], none="Nothing.")
    assert tuple(capsys.readouterr()) == ("", "Nothing.\n")
    Printer(open_streams(), True).rows(COLUMNS, [], none="Nothing.")
    assert tuple(capsys.readouterr()) == ("", "")


def test_lines_and_texts_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (False, True):
        printer = Printer(open_streams(), as_json)
        printer.line("a line\x1b")
        printer.text("a\ntext\x1b")
        printer.item({"a": 1}, [("a", 1)])
        printer.remark("[a remark]\x1b")
    shown = capsys.readouterr()
    assert shown.out == 'a line\N{REPLACEMENT CHARACTER}\na\ntext\N{REPLACEMENT CHARACTER}\na  1\n{"a": 1}\n'
    assert shown.err == "[a remark]\N{REPLACEMENT CHARACTER}\n" * 2


def test_secrets_are_concealed_at_any_depth() -> None:
    account = {"imap": {"auth": {"user": "a", "pass": "x"}}, "list": [{"secret": "x"}], "token": "", "tokens": "kept"}
    assert concealed(account) == {
        "imap": {"auth": {"user": "a", "pass": "******"}},
        "list": [{"secret": "******"}],
        "token": "",
        "tokens": "kept",
    }
