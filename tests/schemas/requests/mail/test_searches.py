"""Searches as callers send them, and as values."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.mailboxes.searching.terms import Terms
from postroom.schemas.requests.mail.searches import SearchTerms, terms_of

SEARCHES: TypeAdapter[SearchTerms] = TypeAdapter(SearchTerms)


def read(search: dict[str, Any]) -> Terms:
    return terms_of(SEARCHES.validate_python(search))


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({"seen": "true", "cc": [], "bcc": "", "subject": None, "header": {}}, Terms(flags=(("seen", True),))),
        ({"to": ["a@b"], "from": "x\r\ny"}, Terms(texts=(("from", "x y"), ("to", "a@b")))),
        ({"larger": "10", "modseq": 2}, Terms(numbers=(("larger", 10), ("modseq", 2)))),
        ({"uid": [3, "1:2"], "seq": "5:*"}, Terms(sets=(("seq", "5:*"), ("uid", "1:3")))),
        ({"since": "2026-02-01T23:30:00-05:00"}, Terms(days=(("since", date(2026, 2, 2)),))),
        ({"emailIds": "a", "emailId": 17}, Terms(email_id="17", email_ids=("a",))),
        ({"labels": {"has": "x", "not": ["y"]}}, Terms(labels=(("x", True), ("y", False)))),
        ({"not": {"text": "q"}, "or": [{"hasAttachment": 1}]},
         Terms(either=(Terms(has_attachment=True),), unlike=(Terms(texts=(("text", "q"),)),))),
    ],
)  # fmt: skip
def test_values_are_read_as_they_are_meant(sent: dict[str, Any], meant: Terms) -> None:
    assert read(sent) == meant


@pytest.mark.parametrize(
    "sent",
    [{"froom": "x"}, {"uid": "x"}, {"uid": True}, {"before": "soon"}, {"from": "x" * 257}, {"or": [{"nope": 1}]},
     {"header": {"a b": "x"}}, {"larger": -1}, {"seq": "1," * 40_000}],
)  # fmt: skip
def test_what_means_nothing_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(sent)
