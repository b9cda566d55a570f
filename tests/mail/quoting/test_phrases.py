"""The tables of words are written as they are compared."""

from __future__ import annotations

from postroom.mail.quoting import phrases


def test_all_phrases_are_in_lower_case() -> None:
    tables = [getattr(phrases, name) for name in phrases.__all__]
    words = [word for table in tables for word in ((table,) if isinstance(table, str) else table)]
    assert [word for word in words if word != word.casefold()] == []


def test_no_label_has_two_meanings() -> None:
    assert not phrases.DATE_LABELS & phrases.SUBJECT_LABELS
    assert not (phrases.DATE_LABELS | phrases.SUBJECT_LABELS) & (phrases.OTHER_LABELS | phrases.FROM_LABELS)
