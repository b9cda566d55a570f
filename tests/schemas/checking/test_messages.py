"""The rules over several fields of a message, also where single fields are wrong already."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.schemas.checking.messages import submission_problems, upload_problems
from postroom.schemas.checking.usable import usable
from postroom.schemas.requests.mail.submitting import NewSubmission

FILE = {"content": b"x"}
TO = [{"address": "ada@example.com"}]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, []),
        ({"raw": b"x", "path": "a", "flags": ["\\Seen"], "tz": "x", "to": [], "headers": {}, "text": None}, []),
        ({"raw": b"x", "to": TO, "text": "x"}, ["to", "text"]),
        ({"attachments": [FILE, {}, {"content": b"x", "reference": "y"}, {"reference": "y"}]}, [1, 2]),
    ],
)
def test_an_upload_is_fields_or_a_whole_message(body: dict[str, Any], fields: list[Any]) -> None:
    expected = [each if isinstance(each, str) else f"attachments.{each}.content" for each in fields]
    assert [key for key, _ in upload_problems(body)] == expected


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"to": TO}, []),
        ({"cc": TO}, []),
        ({"envelope": {"to": ["a@b.example"]}}, []),
        ({"reference": {"message": "x"}}, []),
        ({"reference": {"message": "x", "action": "reply-all"}}, []),
        ({"reference": {"message": "x", "action": "forward"}}, ["to"]),
        ({}, ["to"]),
        ({"to": [], "envelope": None, "reference": None}, ["to"]),
        ({"raw": b"x"}, []),
        ({"raw": b"x", "subject": "y", "to": TO, "reference": {"message": "x"}}, []),
        ({"raw": b"x", "text": "y", "html": "z", "previewText": "p", "attachments": [FILE]}, [
            "text", "html", "previewText", "attachments"]),
        ({"raw": b"x", "reference": {"message": "x", "inline": True, "forwardAttachments": True}}, [
            "reference.inline", "reference.forwardAttachments"]),
        ({"to": TO, "previewText": "p"}, ["previewText"]),
        ({"to": TO, "previewText": "p", "html": "h"}, []),
        ({"attachments": [{}]}, ["attachments.0.content", "to"]),
    ],
)  # fmt: skip
def test_what_is_sent_has_recipients_and_one_source(body: dict[str, Any], fields: list[str]) -> None:
    assert [key for key, _ in submission_problems(body)] == fields


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "nobody"},
        {"cc": 7},
        {"envelope": {"to": "nobody"}},
        {"reference": 7},
        {"raw": "no base64 at all!"},
        {"to": "a@b.example", "attachments": 7},
        {"to": "a@b.example", "attachments": [{"content": 7}]},
        {"to": "a@b.example", "attachments": [7]},
    ],
    ids=repr,
)
def test_a_field_that_is_wrong_by_itself_counts_as_given(wrong: dict[str, Any]) -> None:
    assert submission_problems(usable(NewSubmission, wrong, {})) == []
