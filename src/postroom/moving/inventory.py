"""What an EmailEngine has, as documents of its own: accounts, OAuth2 applications, settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, TypeAlias, cast

from postroom.footprint.dataclass import dataclass

__all__ = ["NOTHING", "Document", "Inventory", "block", "flag", "merged", "overlaid", "text"]

Document: TypeAlias = Mapping[str, object]
"""A JSON object as it came, with EmailEngine's own names."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that was read. `accounts` and `apps` are by id.

    `routes` are its webhook routes. `counted` says how many there are of what has no counterpart, such as
    `templates`. `unread` has one sentence for each part that could not be read.
    """

    accounts: Mapping[str, Document] = field(default_factory=dict, repr=False)
    apps: Mapping[str, Document] = field(default_factory=dict, repr=False)
    settings: Document = field(default_factory=dict, repr=False)
    routes: tuple[Document, ...] = field(default=(), repr=False)
    counted: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


NOTHING: Final = Inventory()


def overlaid(found: Inventory, over: Inventory) -> Inventory:
    """Return what was found with the fields of `over` in place of its own, so that real secrets replace masks."""
    return Inventory(
        accounts=_each_merged(found.accounts, over.accounts),
        apps=_each_merged(found.apps, over.apps),
        settings=merged(found.settings, over.settings),
        routes=over.routes or found.routes,
        counted={**found.counted, **over.counted},
        unread=(*found.unread, *over.unread),
    )


def block(document: Document, name: str) -> Document | None:
    """Return an object inside the document, None where there is none."""
    value = document.get(name)
    return cast("Document", value) if isinstance(value, Mapping) else None


def text(document: Document, name: str) -> str | None:
    """Return a text that is not empty, None otherwise."""
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def flag(document: Document, name: str) -> bool:
    """Say whether a flag is set."""
    return document.get(name) in (True, "true")


def merged(under: Document, over: Document) -> Document:
    """Return a document with the fields of another in place of its own, at any depth."""
    both: dict[str, object] = {**under}
    for name, value in over.items():
        below = under.get(name)
        nested = isinstance(below, Mapping) and isinstance(value, Mapping)
        both[name] = merged(cast("Document", below), cast("Document", value)) if nested else value
    return both


def _each_merged(under: Mapping[str, Document], over: Mapping[str, Document]) -> Mapping[str, Document]:
    return {**under, **{key: merged(under.get(key, {}), value) for key, value in over.items()}}
