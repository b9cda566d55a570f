"""SQL for endpoints: their configuration and health, the account facts they need, and ending their queue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final, TypedDict

import sqlalchemy as sa

from postroom.accounts.settings.reading import webhooks_of
from postroom.accounts.settings.shapes import Document
from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import AskedRows, Connection
from postroom.storage.tables import account_settings, accounts, deliveries, webhook_endpoints, webhook_lanes
from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.model import AccountFacts, EndpointFailure, SendingState, TargetKind, kind_of


class EndpointDocument(TypedDict, total=False):
    """The part of an endpoint that is stored unsealed; empty for a target in the settings. `headers` are names."""

    url: str
    events: list[str]
    accounts: list[str]
    metadata: dict[str, str]
    description: str
    headers: list[str]


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A stored endpoint; `sealed` holds the URL, header values and keys of one made through the API."""

    id: str
    kind: str
    document: EndpointDocument
    sealed: str | None = field(repr=False)
    enabled: bool
    target: str | None
    created_at: int
    updated_at: int
    failures: int
    failing_since: int | None
    paused_until: int | None
    last_error: EndpointFailure | None

    def health(self) -> EndpointHealth:
        """Return the health as it was last stored."""
        return EndpointHealth(
            target=self.target,
            enabled=self.enabled,
            failures=self.failures,
            failing_since=self.failing_since,
            paused_until=self.paused_until,
            last_error=self.last_error,
            probes=1 if self.paused_until is not None else 0,
        )


_ROW = (
    webhook_endpoints.c.id,
    webhook_endpoints.c.kind,
    webhook_endpoints.c.document,
    webhook_endpoints.c.secrets,
    webhook_endpoints.c.enabled,
    webhook_endpoints.c.target,
    webhook_endpoints.c.created_at,
    webhook_endpoints.c.updated_at,
    webhook_endpoints.c.failures,
    webhook_endpoints.c.failing_since,
    webhook_endpoints.c.paused_until,
    webhook_endpoints.c.last_error,
)
# These are few rows: the endpoints made through the API, and the implied ones that asked not to be called.
_IN_DIRECTORY: Final = sa.or_(
    webhook_endpoints.c.kind == TargetKind.OBJECT.value, webhook_endpoints.c.enabled == sa.false()
)
_DIRECTORY: Final = sa.select(*_ROW).where(_IN_DIRECTORY)
_TRIED: Final = sa.select(sa.func.pg_try_advisory_xact_lock(sa.bindparam("lock", type_=sa.BigInteger)).label("is_mine"))
_LOCK: Final = _TRIED.subquery("lock")
_DIRECTORY_AND_LOCK: Final = sa.select(_LOCK.c.is_mine, *_ROW).select_from(
    _LOCK.outerjoin(webhook_endpoints, _IN_DIRECTORY)
)
_FACT: Final = sa.select(
    accounts.c.key,
    accounts.c.account,
    account_settings.c.document,
    account_settings.c.secrets,
    account_settings.c.metadata,
).join(account_settings, account_settings.c.account_key == accounts.c.key)
_FACTS: Final = _FACT.where(accounts.c.key.in_(sa.bindparam("keys", expanding=True)))
_FACTS_OF_ONE: Final = _FACT.where(accounts.c.key == sa.bindparam("of"))


def _row(values: Sequence[Any]) -> EndpointRow:
    return EndpointRow(*values)


def ask_directory(conn: Connection) -> Callable[[], list[EndpointRow]]:
    """Ask for the endpoints made through the API, and the implied ones that are switched off."""
    answer = conn.ask(_DIRECTORY)
    return lambda: [_row(row) for row in answer()]


def ask_directory_and_lock(conn: Connection, lock: int) -> Callable[[], tuple[list[EndpointRow], bool]]:
    """Ask for the same, and whether this transaction now holds a lock. On SQLite every transaction is alone."""
    if conn.dialect.name != "postgresql":
        alone = ask_directory(conn)
        return lambda: (alone(), True)
    answer = conn.ask(_DIRECTORY_AND_LOCK, {"lock": lock})

    def found() -> tuple[list[EndpointRow], bool]:
        rows = answer().all()
        return [_row(row[1:]) for row in rows if row.id is not None], bool(rows[0].is_mine)

    return found


def all_rows(conn: Connection) -> list[EndpointRow]:
    """Return every stored endpoint, oldest first."""
    query = sa.select(*_ROW).order_by(webhook_endpoints.c.created_at, webhook_endpoints.c.id)
    return [_row(row) for row in conn.execute(query)]


def find(conn: Connection, endpoint: str, *, held: bool = False) -> EndpointRow | None:
    """Return one endpoint's row; `held` locks it until the transaction ends."""
    query = sa.select(*_ROW).where(webhook_endpoints.c.id == endpoint)
    row = conn.execute(query.with_for_update() if held else query).one_or_none()
    return _row(row) if row else None


class FactsOfAccounts:
    """The facts of accounts that webhooks need. Each account is read once per transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._known: dict[int, AccountFacts] = {}
        self._asked: AskedRows[*tuple[Any, ...]] | None = None

    def ask(self, key: int) -> None:
        """Ask for the facts of an account that will probably be needed."""
        self._asked = self._conn.ask(_FACTS_OF_ONE, {"of": key})

    def of(self, keys: Collection[int]) -> dict[int, AccountFacts]:
        """Return the facts by account key; deleted accounts are missing."""
        if self._asked is not None:
            self._learn(self._asked())
            self._asked = None
        unknown = sorted(set(keys) - self._known.keys())
        if unknown:
            # Often it is one account. With a list of values SQLAlchemy would compile the statement again.
            one = len(unknown) == 1
            query, given = (_FACTS_OF_ONE, {"of": unknown[0]}) if one else (_FACTS, {"keys": unknown})
            self._learn(self._conn.execute(query, given))
        return self._known

    def _learn(self, rows: Iterable[Sequence[Any]]) -> None:
        self._known.update({key: _facts(*rest) for key, *rest in rows})


def _facts(account: str, document: Document, sealed: str | None, metadata: dict[str, str]) -> AccountFacts:
    return AccountFacts(account, webhooks_of(document), sealed, metadata)


def facts_of_account(conn: Connection, account: str) -> AccountFacts | None:
    """Return the facts of the account with this id, None when there is no such account."""
    key = conn.execute(sa.select(accounts.c.key).where(accounts.c.account == account)).scalar_one_or_none()
    return FactsOfAccounts(conn).of({key}).get(key) if key is not None else None


def is_implied(conn: Connection, endpoint: str) -> bool:
    """Say whether an id names a target in the settings: the global one, or an account's own URL. It needs no row."""
    kind = kind_of(endpoint)
    facts = facts_of_account(conn, endpoint.partition(":")[2]) if kind is TargetKind.ACCOUNT else None
    return kind is TargetKind.GLOBAL or bool(facts and facts.settings.webhooks)


def hold(conn: Connection, endpoint: str, now: int) -> EndpointRow | None:
    """Return one endpoint's row, locked until the transaction ends. An implied endpoint without a row gets one."""
    row = find(conn, endpoint, held=True)
    if row is None and is_implied(conn, endpoint):
        kind = kind_of(endpoint).value
        insert(conn, {"id": endpoint, "kind": kind, "document": {}, "created_at": now, "updated_at": now})
        row = find(conn, endpoint, held=True)
    return row


def save_health(conn: Connection, endpoint: str, health: EndpointHealth, now: int) -> None:
    """Store an endpoint's health. An implied endpoint without a row gets one; a removed endpoint stays removed."""
    values = {
        "target": health.target,
        "enabled": health.enabled,
        "failures": health.failures,
        "failing_since": health.failing_since,
        "paused_until": health.paused_until,
        "last_error": health.last_error,
    }
    of_target = sa.update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint)
    kind = kind_of(endpoint)
    if kind is TargetKind.OBJECT and health.enabled:
        # Only an operator switches an endpoint on, and this process may remember an older state.
        del values["enabled"]
    changed = conn.execute(of_target.values(values)).rowcount
    if not changed and kind is not TargetKind.OBJECT:
        row = {"id": endpoint, "kind": kind.value, "document": {}, "created_at": now, "updated_at": now}
        conn.execute(sa.insert(webhook_endpoints), row | values)
    if not health.enabled:
        finish_pending(conn, endpoint, SendingState.DEAD, "the endpoint answered 410 Gone and was switched off", now)


def finish_pending(conn: Connection, endpoint: str, state: SendingState, reason: str, now: int) -> int:
    """End every pending delivery of an endpoint; return how many there were."""
    ended = conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.endpoint == endpoint, deliveries.c.state == SendingState.PENDING.value)
        .values(state=state.value, finished_at=now, last_error=reason)
    ).rowcount
    conn.execute(sa.delete(webhook_lanes).where(webhook_lanes.c.endpoint == endpoint))
    return int(ended)


def insert(conn: Connection, row: Mapping[str, object]) -> None:
    """Store a new endpoint."""
    conn.execute(sa.insert(webhook_endpoints), dict(row))


def update(conn: Connection, endpoint: str, values: Mapping[str, object]) -> None:
    """Change columns of an endpoint."""
    conn.execute(sa.update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint).values(dict(values)))


def delete(conn: Connection, endpoint: str) -> None:
    """Remove an endpoint."""
    conn.execute(sa.delete(webhook_endpoints).where(webhook_endpoints.c.id == endpoint))


def failing_longer(conn: Connection, before: int) -> Sequence[str]:
    """Return the endpoints that have failed without a success since before a time (milliseconds since 1970)."""
    query = sa.select(webhook_endpoints.c.id).where(webhook_endpoints.c.failing_since < before)
    return list(conn.execute(query).scalars())
