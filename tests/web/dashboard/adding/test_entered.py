"""What was typed, and what of it a page shows again."""

from __future__ import annotations

import pytest

from postroom.web.dashboard.adding.entered import entered_of
from postroom.web.dashboard.adding.fields import BLANK

SECRET = "hidden-word"


def test_every_field_has_a_text() -> None:
    entered = entered_of({"name": " Jo \r\n", "unknown": "x"}, {})
    assert entered.texts == {**BLANK, "name": "Jo"}


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("imap.auth.pass", f" {SECRET} ", ""),
        ("smtp.auth.pass", SECRET, ""),
        ("webhooks", f"https://user:{SECRET}@a.example/x", "https://******:******@a.example/x"),
        ("proxy", f"user:{SECRET}@a.example:1080", ""),
        ("webhooksCustomHeaders", f"X-Key: {SECRET}", "X-Key: ******"),
    ],
)
def test_secrets_are_hidden_and_come_back(name: str, text: str, shown: str) -> None:
    entered = entered_of({name: text}, {})
    assert entered.shown()[name] == shown
    assert entered.hidden() == {name: text}
    assert SECRET not in repr(entered)
    again = entered_of(entered.shown(), entered.hidden())
    assert again.texts[name] == text
    # Something else in the field takes its place.
    assert entered_of({name: "https://b.example"}, entered.hidden()).texts[name] == "https://b.example"


def test_without_secrets_nothing_is_hidden() -> None:
    entered = entered_of({"webhooks": "https://a.example/x", "webhooksCustomHeaders": "X-Key:", "name": "a@b"}, {})
    assert entered.hidden() == {}


def test_what_was_kept_for_an_unknown_field_is_ignored() -> None:
    assert "nothing" not in entered_of({}, {"nothing": ""}).texts


def test_some_texts_are_replaced() -> None:
    entered = entered_of({"name": "Jo", "tz": "x"}, {}).with_texts({"name": "Ann"})
    assert (entered.texts["name"], entered.texts["tz"]) == ("Ann", "x")
