"""Tables in a document: each between two comments of Markdown, so that a run can put its figures there. PURE."""

from __future__ import annotations

from collections.abc import Mapping

_END = "<!-- end of figures -->"


class NoPlace(ValueError):
    """A document has no place for any of the tables."""


def filled(document: str, tables: Mapping[str, str]) -> str:
    """Return the document with these tables in the places of their keys. Raises NoPlace when there is none at all."""
    there = {key: table for key, table in tables.items() if _begin(key) in document}
    if not there:
        raise NoPlace(f"no place for {', '.join(tables)}")
    for key, table in there.items():
        before, begin, rest = document.partition(_begin(key))
        document = f"{before}{begin}{table}\n{_END}{rest.partition(_END)[2]}"
    return document


def _begin(key: str) -> str:
    return f"<!-- figures: {key} -->\n"
