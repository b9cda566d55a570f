"""A form becomes a body of the API: lists by line, objects by dots, secrets only when they were entered."""

from __future__ import annotations

from postroom.web.dashboard.inputs.made import FormInput, InputKind
from postroom.web.dashboard.inputs.read import body_of, lines, nested

INPUTS = [
    FormInput("name", "Name"),
    FormInput("secret", "Secret", InputKind.SECRET),
    FormInput("key", "Key", InputKind.CODE),
    FormInput("on", "On", InputKind.FLAG),
    FormInput("list", "List", InputKind.LINES),
    FormInput("imap.host", "Host"),
    FormInput("imap.deep.port", "Port"),
]


def test_a_new_thing_has_what_was_entered() -> None:
    form = {
        "name": " a ",
        "on": "1",
        "list": "x\r\n\r\n y",
        "imap.host": "h",
        "imap.deep.port": "1",
        "key": "a\r\nb\r\n",
    }
    assert body_of(INPUTS, form, blanks=False) == {
        "name": "a",
        "key": "a\nb",
        "on": True,
        "list": ["x", "y"],
        "imap": {"host": "h", "deep": {"port": "1"}},
    }


def test_a_change_clears_what_is_empty_but_no_secret_and_no_object() -> None:
    assert body_of(INPUTS, {}, blanks=True) == {"name": "", "key": "", "on": False, "list": []}


def test_lines_and_objects() -> None:
    assert lines(" a\n\n b \n") == ["a", "b"]
    assert nested({"a.b": 1, "a.c": 2, "d": 3}) == {"a": {"b": 1, "c": 2}, "d": 3}
