"""The tables between values and documents: each field of each class has its name, and what is unfit is kept."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from postroom.accounts.settings.shapes import BLOCKS, SETTINGS, Shape
from postroom.accounts.settings.values import AccountSettings, ImapSettings, OAuth2Settings, SmtpSettings


@pytest.mark.parametrize(
    ("shape", "made"),
    [
        (SETTINGS, AccountSettings),
        (BLOCKS["imap"], ImapSettings),
        (BLOCKS["smtp"], SmtpSettings),
        (BLOCKS["oauth2"], OAuth2Settings),
    ],
)
def test_every_field_of_a_class_has_a_name_in_documents(shape: Shape[Any], made: Any) -> None:
    named = [attribute for attribute, _ in shape.fields.values()]
    assert sorted([*named, "extra"]) == sorted(field.name for field in dataclasses.fields(made))


@pytest.mark.parametrize(
    "document",
    [
        {"imap": {"secure": None, "auth": False, "port": "993", "disabled": 0, "tls": []}},
        {"imap": False, "smtp": None, "oauth2": "x"},
        {"webhooksCustomHeaders": [{"value": "no key"}]},
        {"webhooksCustomHeaders": [{"key": "X", "value": None}], "path": "INBOX", "subconnections": [1], "logs": 0},
        {"imap": {"auth": {"pass": 7, "accessToken": False}}, "extra": {"extra": 1}},
        {"oauth2": {"expires": None, "auth": {}}, "proxy": None, "imap": {}},
    ],
)
def test_what_is_not_of_its_kind_is_kept_as_it_is(document: dict[str, Any]) -> None:
    settings = SETTINGS.read(document)
    assert settings is not None
    assert SETTINGS.write(settings) == document


def test_values_share_nothing_with_the_document_they_came_from() -> None:
    document: dict[str, Any] = {"path": ["INBOX"], "other": {"deep": [1]}}
    settings = SETTINGS.read(document)
    assert settings is not None
    document["path"].append("x")
    document["other"]["deep"].append(2)
    written = SETTINGS.write(settings)
    assert written == {"path": ["INBOX"], "other": {"deep": [1]}}
    written["other"]["deep"].append(3)
    assert SETTINGS.write(settings)["other"] == {"deep": [1]}


def test_what_is_no_object_is_no_settings() -> None:
    assert SETTINGS.read(False) is None
    assert SETTINGS.read(None) is None
