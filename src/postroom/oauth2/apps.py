"""The OAuth2 applications of this installation: register, read, change and remove them. Their secrets are encrypted."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson

from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.log import tell_moves
from postroom.oauth2 import store
from postroom.oauth2.model import (
    RESERVED_IDS,
    SECRETS,
    App,
    AppExists,
    AppNotFound,
    AppProblem,
    InvalidApp,
    LastCheck,
    find_masked,
    needed_secrets,
    problems,
)
from postroom.oauth2.providers import provider_of
from postroom.oauth2.shapes import AppBody, AppDocument
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.statements.connection import Connection
from postroom.storage.statements.results import TableRow
from postroom.words.masking import MASK

Then = Callable[[Connection, str], None]
_ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class Apps:
    """The applications. Bodies have the API's field names, and their form is already validated."""

    db: Database
    box: SecretBox
    clock: Callable[[], int] = now_ms

    async def create(self, body: AppBody, *, then: Then | None = None) -> str:
        """Store a new application and run `then` with its id in the same transaction; returns the id.

        The id is `id` from the body. Without one it is the provider's name, so that accounts can say
        `provider: "gmail"`, or a random id when that is taken. Raises InvalidApp, AppExists.
        """
        given = body.get("id")
        body = _without_blanks({name: value for name, value in body.items() if name != "id"})
        _refuse([*find_masked(body), *problems(body)])

        def work(conn: Connection) -> str:
            app = given or body["provider"]
            if app in RESERVED_IDS or store.exists(conn, app):
                if given:
                    raise AppExists("An OAuth2 application with this id already exists, or the id is reserved")
                app = random.token_urlsafe(_ID_BYTES)
            now = self.clock()
            values = {"id": app, "provider": body["provider"], "created_at": now, "updated_at": now}
            store.insert(conn, {**values, **self._columns(app, body)})
            if then is not None:
                then(conn, app)
            return str(app)

        return await self.db.write(work)

    async def update(self, app: str, change: AppBody, *, then: Then | None = None) -> None:
        """Apply a change: missing fields stay, null or empty ones are cleared. Raises AppNotFound, InvalidApp.

        `then` runs with the id in the same transaction.
        """

        def work(conn: Connection) -> tuple[dict[str, str | None], dict[str, str | None]]:
            row = store.hold(conn, app)
            if row is None:
                raise AppNotFound
            secrets = self._secrets_if_readable(app, row.secrets)
            merged = _merged(row.provider, row.document, secrets or {}, change)
            # Secrets that cannot be opened stay, because their key may be found, unless the change sets or clears one.
            stays_sealed = secrets is None and not any(name in change for name in SECRETS)
            wrong = [each for each in problems(merged) if not (stays_sealed and each.key in SECRETS)]
            _refuse([*find_masked(change), *wrong])
            columns = self._columns(app, merged) | ({"secrets": row.secrets} if stays_sealed else {})
            store.update(
                conn, app, {**columns, "provider": merged["provider"], "updated_at": self.clock(), "last_check": None}
            )
            if then is not None:
                then(conn, app)
            return _places(row.provider, row.document), _places(merged["provider"], merged)

        before, after = await self.db.write(work)
        tell_moves("oauth2", before, after, app=app)

    async def change_problems(self, app: str, change: Mapping[str, object]) -> list[AppProblem]:
        """Return what is wrong with a change; empty for an application that does not exist."""
        found = await self.find(app)
        return (
            []
            if found is None
            else [*find_masked(change), *problems(_merged(found.kind, found.document, found.secrets, change))]
        )

    async def note_check(self, app: App, trouble: str) -> None:
        """Keep the result of a check, unless the application was changed since. `trouble` is the step that failed."""
        found = {"at": self.clock(), "trouble": trouble}
        await self.db.write(lambda conn: store.note_check(conn, app.id, app.updated_at, found))

    async def remove(self, app: str) -> int:
        """Remove an application; returns how many accounts lose it. Raises AppNotFound."""

        def work(conn: Connection) -> int:
            row = store.find(conn, app)
            if row is None:
                raise AppNotFound
            store.delete(conn, app)
            return int(row.users)

        return await self.db.write(work)

    async def get(self, app: str) -> App:
        """Return an application with its secrets. Raises AppNotFound, SecretUnreadable."""
        found = await self.find(app)
        if found is None:
            raise AppNotFound
        return found

    async def find(self, app: str) -> App | None:
        """Return an application with its secrets, None when there is none with this id. Raises SecretUnreadable."""
        row = await self.db.read(lambda conn: store.find(conn, app))
        return None if row is None else self._app(row, self._secrets(row.id, row.secrets))

    async def list_page(self, page: int, page_size: int) -> tuple[int, list[App]]:
        """Return how many applications there are, and one page of them as from `describe`, oldest first."""
        total, rows = await self.db.read(lambda conn: store.page(conn, page, page_size))
        return total, [self._described(row) for row in rows]

    async def kinds(self) -> dict[str, str]:
        """Return the kinds of all applications, such as `gmail`, by their ids."""
        return await self.db.read(store.kinds)

    async def describe(self, app: str) -> App:
        """Return an application for display only: secrets that cannot be opened are masked. Raises AppNotFound."""
        row = await self.db.read(lambda conn: store.find(conn, app))
        if row is None:
            raise AppNotFound
        return self._described(row)

    def _described(self, row: TableRow[*tuple[Any, ...]]) -> App:
        secrets = self._secrets_if_readable(row.id, row.secrets)
        return self._app(row, secrets if secrets is not None else dict.fromkeys(needed_secrets(row.provider), MASK))

    def _app(self, row: TableRow[*tuple[Any, ...]], secrets: dict[str, str]) -> App:
        last = LastCheck(**row.last_check) if row.last_check else None
        return App(row.id, row.provider, row.document, row.created_at, row.updated_at, secrets, int(row.users), last)

    def _columns(self, app: str, body: AppBody) -> dict[str, object]:
        secrets = {name: body[name] for name in SECRETS if body.get(name)}
        document = {name: value for name, value in body.items() if name not in (*SECRETS, "provider")}
        sealed = self.box.seal(orjson.dumps(secrets).decode(), _context(app)) if secrets else None
        return {"document": document, "secrets": sealed}

    def _secrets_if_readable(self, app: str, sealed: str | None) -> dict[str, str] | None:
        try:
            return self._secrets(app, sealed)
        except SecretUnreadable:
            return None

    def _secrets(self, app: str, sealed: str | None) -> dict[str, str]:
        if not sealed:
            return {}
        secrets: dict[str, str] = orjson.loads(
            self.box.open_for(f"the OAuth2 application {app!r}", sealed, _context(app))
        )
        return secrets


def _merged(kind: str, document: AppDocument, secrets: Mapping[str, str], change: Mapping[str, object]) -> AppBody:
    """The complete body of an application after a change, with its secrets."""
    return _without_blanks({**document, **secrets, "provider": kind, **change})


def _without_blanks(body: Mapping[str, object]) -> AppBody:
    return cast("AppBody", {name: value for name, value in body.items() if value not in (None, "", [])})


def _places(kind: str, document: AppDocument) -> dict[str, str | None]:
    """The URLs that get the secrets of an application or the tokens of its accounts."""
    provider = provider_of(kind, document)
    assert provider is not None
    token = provider.endpoints.token if provider.endpoints else document.get("discoveryUrl")
    servers = {"imap": provider.imap, "smtp": provider.smtp}
    return {"token": token, **{name: f"{name}://{each.host}:{each.port}" for name, each in servers.items() if each}}


def _context(app: str) -> str:
    return f"oauth2:{app}"


def _refuse(found: list[AppProblem]) -> None:
    if found:
        raise InvalidApp(found)
