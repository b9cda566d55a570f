"""Loads the texts of the pages, one file per language, and chooses the language of a page.

Missing texts are not filled in from English: a test keeps all catalogues to the same keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from postroom.footprint.dataclass import dataclass

__all__ = ["DEFAULT", "Language", "choose", "language", "languages"]

DEFAULT: Final = "en"
_FOLDER: Final = Path(__file__).parent / "catalogues"
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `code` is for the `lang` attribute; `texts` has the texts by dotted name."""

    code: str
    texts: Mapping[str, str]

    def text(self, key: str, **values: object) -> Markup:
        """Return a text with its values filled in, escaped for HTML. Raises KeyError for an unknown name."""
        return Markup(escape(self.texts[key])).format(**values)  # noqa: S704 - escaped, and format escapes the values


@cache
def languages() -> Mapping[str, Language]:
    """Return every language by its code."""
    found = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        found[path.stem] = Language(path.stem, dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")))))
    return found


def language(code: str) -> Language:
    """Return a language by its code. Raises KeyError."""
    return languages()[code]


def choose(account: str | None, accepted: str, usual: str | None) -> Language:
    """Return the language of a page: the account's, or the best of `Accept-Language`, or `usual`, or English.

    `accepted` is the header (RFC 9110 section 12.5.4). A region such as `de-AT` matches its language `de`.
    """
    for wanted in ([account] if account else [], _ranked(accepted), [usual] if usual else []):
        for tag in wanted:
            known = languages().get(tag.replace("_", "-").partition("-")[0].strip().lower())
            if known is not None:
                return known
    return language(DEFAULT)


def _ranked(header: str) -> list[str]:
    """Return the tags of the header, the most wanted first. Malformed parts are ignored."""
    ranked: list[tuple[float, str]] = []
    for part in header.split(",")[:_MOST]:
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and weight > 0:
            ranked.append((-weight, tag))
    return [tag for _, tag in sorted(ranked, key=lambda each: each[0])]


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Turn the tables of a catalogue into dotted names."""
    entries: Iterator[tuple[str, object]] = iter(tree.items())
    for key, value in entries:
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
