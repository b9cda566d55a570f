"""Reads the inventory of an EmailEngine over its API: accounts, applications, settings, and what else there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Final, TypeVar, cast
from urllib.parse import quote

from postroom.footprint.dataclass import dataclass
from postroom.moving.inventory import Document, Inventory, text
from postroom.moving.mapping.settings import ASKED
from postroom.moving.source import EmailEngine, NothingThere, NotTaken, SourceFailed, open_source

__all__ = ["Progress", "read_api"]

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with how many accounts are read, and of how many."""

_COUNTED: Final = ("templates", "gateways", "blocklists", "tokens", "outbox")


@dataclass(slots=True)
class _Reading:
    """One reading, with what could not be read so far."""

    source: EmailEngine
    unread: list[str] = field(default_factory=list)

    def inventory(self, progress: Progress) -> Inventory:
        accounts = self._accounts(progress)
        return Inventory(
            accounts=accounts,
            apps=self._apps(),
            settings=self._settings(),
            routes=tuple(self._part("the webhook routes", lambda: self._list("/v1/webhookRoutes"), [])),
            counted={name: self._count(name) for name in _COUNTED},
            unread=tuple(self.unread),
        )

    def _accounts(self, progress: Progress) -> Mapping[str, Document]:
        """Return every account. Without the list nothing can be planned, so its errors are raised."""
        listed = [str(item["account"]) for item in self._list("/v1/accounts") if text(item, "account")]
        found: dict[str, Document] = {}
        progress(0, len(listed))
        for number, account in enumerate(listed, start=1):
            try:
                found[account] = self.source.get(f"/v1/account/{quote(account, safe='')}")
            except NothingThere:
                # It was deleted meanwhile.
                continue
            finally:
                progress(number, len(listed))
        return found

    def _apps(self) -> Mapping[str, Document]:
        def read() -> Mapping[str, Document]:
            ids = [app for item in self._list("/v1/oauth2") if (app := text(item, "id"))]
            return {app: self.source.get(f"/v1/oauth2/{quote(app, safe='')}") for app in ids}

        return self._part("the OAuth2 applications", read, {})

    def _settings(self) -> Document:
        return self._part("the settings", lambda: self._asked_settings(list(ASKED)), {})

    def _asked_settings(self, names: list[str]) -> Document:
        """Ask for all at once; an older EmailEngine refuses names that it does not know, so then one by one."""
        try:
            return self.source.get("/v1/settings", dict.fromkeys(names, "true"))
        except NotTaken:
            if len(names) == 1:
                return {}
        found: dict[str, object] = {}
        for name in names:
            found |= self._asked_settings([name])
        return found

    def _count(self, name: str) -> int:
        def read() -> int:
            total = self.source.get(f"/v1/{name}", {"page": 0, "pageSize": 1}).get("total")
            return total if isinstance(total, int) else 0

        return self._part(f"the {name}", read, 0)

    def _list(self, path: str) -> list[Document]:
        return [item for page in self.source.pages(path) for item in _items(page)]

    def _part(self, what: str, read: Callable[[], T], otherwise: T) -> T:
        """Return a part that the move can do without; remember why it could not be read."""
        try:
            return read()
        except NothingThere:
            return otherwise
        except SourceFailed as error:
            self.unread.append(f"EmailEngine did not show {what}: {error}")
            return otherwise


def read_api(
    url: str,
    token: str,
    *,
    progress: Progress = lambda _read, _of: None,
    pause: Callable[[float], None] = time.sleep,
) -> Inventory:
    """Return what an EmailEngine has. Its API masks passwords and tokens. Raises SourceFailed."""
    source = open_source(url, token, pause=pause)
    with source.http:
        return _Reading(source).inventory(progress)


def _items(page: Document) -> Iterator[Document]:
    """Yield the entries of a page: the one member of the answer that is a list."""
    for value in page.values():
        if isinstance(value, list):
            yield from (cast("Document", each) for each in value if isinstance(each, Mapping))
            return
