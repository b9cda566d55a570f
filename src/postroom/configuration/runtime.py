"""The run-time settings for the other rooms: a cached snapshot, at most a second old."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from postroom.clock import now_ms
from postroom.configuration import store
from postroom.configuration.keys import KEYS, SERVICE_SECRET, Snapshot, snapshot
from postroom.configuration.store import Stored
from postroom.log import tell_moves
from postroom.storage.database import Database
from postroom.storage.outage import repeatable
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake

TOPIC: Final = "settings"
MAX_AGE_MS: Final = 1000
"""Milliseconds. Another process may have changed a setting without its wake-up reaching this process."""

_CONTEXT: Final = "settings"
_URLS: Final = ("webhooks", "authServer")
_SECRET_BYTES: Final = 16


class RuntimeSettings:
    """The settings of `/v1/settings`. Secret ones are encrypted at rest.

    `defaults` are JSON values by public name, used where nothing is stored.
    """

    def __init__(
        self,
        db: Database,
        box: SecretBox,
        clock: Callable[[], int] = now_ms,
        *,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self._db = db
        self._box = box
        self._clock = clock
        self._defaults = dict(defaults or {})
        self._hints = db.wakeups.subscribe(TOPIC)
        self._cached: Snapshot | None = None
        self._read_at = 0
        self.generation = 0
        """Counts the changes of settings that this process knows of."""
        # Used when the stored secret cannot be opened. Nobody can guess it, so no other signature is accepted.
        self._substitute = random.token_hex(_SECRET_BYTES)

    async def get(self) -> Snapshot:
        """Return the present settings; most calls need no query.

        Settings that cannot be opened are in `unreadable`. Raises StorageUnavailable.
        """
        return (await self.numbered())[0]

    async def numbered(self) -> tuple[Snapshot, int]:
        """Return the same with the `generation` that they belong to. They are out of date when it has changed."""
        if (fresh := self.fresh()) is not None:
            return fresh, self.generation
        now = self._clock()
        # This caller reads again; meanwhile the others use the cached settings.
        self._read_at = now
        generation = self.generation
        stored = await self._db.read(store.load)
        if SERVICE_SECRET not in stored:
            stored = await repeatable(lambda: self._db.write(self._with_service_secret))
        opened, unreadable = self._unseal(stored)
        fresh = snapshot({SERVICE_SECRET: self._substitute, **self._defaults, **opened}, unreadable)
        if generation == self.generation:
            self._cached, self._read_at = fresh, now
        return fresh, generation

    def fresh(self) -> Snapshot | None:
        """Return the present settings if they need no query."""
        if self._hints.take():
            self._forget()
        is_fresh = self._cached is not None and 0 <= self._clock() - self._read_at < MAX_AGE_MS
        return self._cached if is_fresh else None

    async def chosen(self) -> frozenset[str]:
        """Return the public names of the settings that somebody has set; the others have their defaults."""
        return frozenset(await self._db.read(store.load)) & KEYS.keys()

    def defaults(self) -> Snapshot:
        """Return what applies where nothing is set."""
        return snapshot({SERVICE_SECRET: "", **self._defaults})

    async def update(self, changes: Mapping[str, Any]) -> list[str]:
        """Store new values: JSON by public name, already validated. None restores the default.

        Returns the names changed. A `serviceSecret` of None makes a new one. Raises KeyError for an unknown name.
        """
        kept = {name: self._seal(name, value) for name, value in changes.items() if value is not None}
        reset = [KEYS[name].name for name, value in changes.items() if value is None]
        asked = {name: value for name, value in changes.items() if name in _URLS}

        def work(conn: Connection) -> dict[str, str | None]:
            stored = store.load(conn) if asked else {}
            store.save(conn, kept, self._clock())
            if reset:
                store.forget(conn, reset)
            wake(conn, TOPIC)
            return {name: self._known(name, stored[name]) for name in asked if name in stored}

        try:
            before = await self._db.write(work)
        finally:
            # Even when the outcome is unknown, so that they are read again.
            self._forget()
        tell_moves("configuration", before, asked)
        return list(changes)

    def _forget(self) -> None:
        self._cached = None
        self.generation += 1

    def _with_service_secret(self, conn: Connection) -> Stored:
        made = self._seal(SERVICE_SECRET, random.token_hex(_SECRET_BYTES))
        store.save_if_absent(conn, SERVICE_SECRET, made, self._clock())
        return store.load(conn)

    def _seal(self, name: str, value: Any) -> Any:
        return self._box.seal(orjson.dumps(value).decode(), f"{_CONTEXT}:{name}") if KEYS[name].sealed else value

    def _unseal(self, stored: Stored) -> tuple[Stored, dict[str, SecretUnreadable]]:
        """Return the readable values, and the errors of those that cannot be opened."""
        values: dict[str, object] = {}
        unreadable: dict[str, SecretUnreadable] = {}
        for name, value in stored.items():
            if name not in KEYS:
                continue
            try:
                values[name] = self._opened(name, value) if KEYS[name].sealed else value
            except SecretUnreadable as error:
                unreadable[name] = error
        return values, unreadable

    def _known(self, name: str, sealed: str) -> str | None:
        """The stored value, None when it cannot be opened; the change may then be its repair."""
        try:
            return str(self._opened(name, sealed))
        except SecretUnreadable:
            return None

    def _opened(self, name: str, sealed: str) -> Any:
        return orjson.loads(self._box.open_for(f"the setting {name!r}", sealed, f"{_CONTEXT}:{name}"))
