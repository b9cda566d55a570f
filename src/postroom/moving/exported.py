"""Reads a file with accounts: what `emailengine export` printed, or one written by hand with the missing secrets. Pure.

The file is JSON: one object or several, one after the other, or lists of them. An object with `account` is an
account, one with `id` and `provider` an OAuth2 application. Another object has `accounts`, `oauth2` or `settings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

from postroom.errors import Permanent
from postroom.moving.inventory import Document, Inventory, merged, text

__all__ = ["ExportUnreadable", "read_export"]

_NEXT: Final = re.compile(r"\S")
_PARTS: Final = ("accounts", "oauth2", "settings")


class ExportUnreadable(Permanent):
    """The file with accounts cannot be read. The text names the place, and nothing of what stands there."""

    code = "ExportUnreadable"


def read_export(content: str) -> Inventory:
    """Return what the file has. Raises ExportUnreadable."""
    accounts: dict[str, Document] = {}
    apps: dict[str, Document] = {}
    settings: dict[str, object] = {}
    for line, document in _documents(content.removeprefix("\ufeff")):
        if text(document, "account"):
            _add(accounts, str(document["account"]), document)
        elif text(document, "id") and text(document, "provider"):
            _add(apps, str(document["id"]), document)
        elif any(part in document for part in _PARTS):
            for part, known, key in (("accounts", accounts, "account"), ("oauth2", apps, "id")):
                for name, found in _by_id(document.get(part), key).items():
                    _add(known, name, found)
            settings |= _settings_of(document)
        else:
            raise ExportUnreadable(
                f"The object that begins in line {line} is neither an account (it has no `account`) nor an OAuth2 "
                "application (it has no `id` and `provider`), and it has none of `accounts`, `oauth2` and `settings`."
            )
    return Inventory(accounts=accounts, apps=apps, settings=settings)


def _add(known: dict[str, Document], name: str, found: Document) -> None:
    """Add a document. What came before it about the same thing stays, where it says nothing."""
    known[name] = merged(known[name], found) if name in known else found


def _documents(content: str) -> Iterator[tuple[int, Document]]:
    """Yield the objects of JSON values that follow one another, in lists or not, with the line where a value begins."""
    decoder, at, line = json.JSONDecoder(), 0, 1
    while found := _NEXT.search(content, at):
        begins = found.start()
        line += content.count("\n", at, begins)
        try:
            value, at = decoder.raw_decode(content, begins)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise ExportUnreadable(f"The file is not JSON: line {line} cannot be read.") from None
        for each in _objects(value):
            yield line, each
        line += content.count("\n", begins, at)


def _objects(value: object) -> Iterator[Document]:
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
    else:
        raise ExportUnreadable("The file has a value that is no JSON object: each account must be an object.")


def _by_id(part: object, key: str) -> dict[str, Document]:
    """Return the members of a list of objects, or of an object of objects, by id."""
    if isinstance(part, Mapping):
        return {str(name): {key: name, **_object(value)} for name, value in part.items()}
    if part is None:
        return {}
    found = [_object(each) for each in part] if isinstance(part, list) else []
    ids = [text(each, key) for each in found]
    if not isinstance(part, list) or None in ids:
        raise ExportUnreadable(f"A list in the file has something without `{key}`.")
    return {str(name): each for name, each in zip(ids, found, strict=True)}


def _settings_of(document: Document) -> Document:
    value = document.get("settings")
    return {} if value is None else _object(value)


def _object(value: object) -> Document:
    if not isinstance(value, Mapping):
        raise ExportUnreadable("The file has a value where an object must be: an account, an application or settings.")
    return cast("Document", value)
