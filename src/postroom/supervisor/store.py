"""SQL for ownership: claims accounts, hands them over, and reads what a runner needs to begin."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import sqlalchemy as sa

from postroom.accounts.journal import check_lease
from postroom.accounts.journal_store import AT_WORK, STANDING, abandon, standing_of
from postroom.accounts.lifecycle import State
from postroom.accounts.model import Lease, StoredStanding
from postroom.accounts.service import TOPIC
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.values import AccountSettings
from postroom.accounts.store import database_time
from postroom.cluster import shares
from postroom.cluster.heartbeat_store import free, sharing
from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_settings, account_status, accounts, nodes
from postroom.storage.wakeups import wake

_FREE_COUNTED = 100_000
# This must match the index `ix_accounts_free`, or the index is not used.
_AWAKE = accounts.c.parked_revision.is_(None) | (accounts.c.parked_revision != accounts.c.revision)
_FREE = sa.and_(accounts.c.owner.is_(None), _AWAKE)
_WAITING = (
    sa.select(accounts.c.key)
    .where(_FREE)
    .order_by(accounts.c.key)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_FREE_COUNT = sa.select(sa.func.count()).select_from(
    sa.select(sa.literal(1).label("one")).select_from(accounts).where(_FREE).limit(_FREE_COUNTED).subquery()
)


def _is_listed(dialect: str) -> sa.ColumnElement[bool]:
    """Say that an account's key is in the JSON list `listed`: a list of any length is the same statement."""
    listed = sa.bindparam("listed", type_=sa.Text)
    if dialect == "sqlite":
        return accounts.c.key.in_(sa.select(sa.func.json_each(listed).table_valued("value").c.value))
    values = sa.func.json_array_elements_text(sa.cast(listed, sa.JSON)).table_valued("value")
    return accounts.c.key.in_(sa.select(sa.cast(values.c.value, accounts.c.key.type)))


_DIALECTS = ("sqlite", "postgresql")
_TAKE = {
    dialect: sa.update(accounts)
    .where(_is_listed(dialect))
    .values(owner=sa.bindparam("node"), epoch=accounts.c.epoch + 1)
    for dialect in _DIALECTS
}
_ASSIGNMENTS = {
    dialect: sa.select(
        accounts.c.key,
        accounts.c.account,
        accounts.c.epoch,
        accounts.c.revision,
        accounts.c.wanted,
        accounts.c.flush_pending,
        accounts.c.sync_revision,
        accounts.c.next_attempt,
        account_settings.c.document,
        account_settings.c.secrets,
        *STANDING,
    )
    .join(account_status, account_status.c.account_key == accounts.c.key)
    .join(account_settings, account_settings.c.account_key == accounts.c.key)
    .where(_is_listed(dialect), accounts.c.owner == sa.bindparam("node"))
    .order_by(accounts.c.key)
    for dialect in _DIALECTS
}
_OWNED = sa.select(
    accounts.c.key, accounts.c.account, accounts.c.revision, accounts.c.sync_revision, accounts.c.epoch
).where(accounts.c.owner == sa.bindparam("node"))
# With a JSON list here, SQLite would read all accounts of the node.
_OWNED_OF = _OWNED.where(accounts.c.account.in_(sa.bindparam("ids", expanding=True)))
_LEAVE = (
    sa.update(accounts)
    .where(
        accounts.c.key == sa.bindparam("of"),
        accounts.c.owner == sa.bindparam("held_by"),
        accounts.c.epoch == sa.bindparam("in_epoch"),
    )
    .values(owner=None)
    .returning(accounts.c.revision, accounts.c.state)
)
_COUNT = sa.update(nodes).where(nodes.c.id == sa.bindparam("node")).values(accounts=sa.bindparam("running"))


@dataclass(frozen=True, slots=True)
class WantedAccount:
    """The wanted state of an account that this node owns, as its row has it."""

    key: int
    account: str
    revision: int
    sync_revision: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a runner needs to begin. `settings` are masked; `sealed` holds their secrets."""

    lease: Lease
    wanted: str
    flush_pending: bool
    sync_revision: int
    next_attempt: int | None
    standing: StoredStanding
    settings: AccountSettings
    sealed: str | None


def claim_share(conn: Connection, node: str, running: int, limit: int) -> list[Assignment]:
    """Claim accounts up to this node's share, at most `limit`. It already runs `running` accounts."""
    free = free_count(conn)
    # The node's own row is written first, because a node that was declared dead must not claim.
    if not free or conn.execute(_COUNT, {"node": node, "running": running}).rowcount == 0:
        return []
    claimed = claim(conn, node, min(limit, shares.room(node, sharing(conn), free)))
    conn.execute(_COUNT, {"node": node, "running": running + len(claimed)})
    return claimed


def claim(conn: Connection, node: str, limit: int) -> list[Assignment]:
    """Claim up to `limit` accounts that have no owner and are not parked; each gets a new epoch."""
    if limit <= 0:
        return []
    keys = conn.execute(_WAITING, {"most": limit}).scalars()
    if not keys:
        return []
    conn.execute(_TAKE[conn.dialect.name], {"node": node, "listed": _list(keys)})
    return assignments(conn, node, keys)


def free_count(conn: Connection) -> int:
    """Return how many accounts wait for an owner; the count stops at 100,000."""
    return int(conn.execute(_FREE_COUNT).scalar_one())


def hand_over(conn: Connection, node: str, keys: Sequence[int], running: int) -> None:
    """Free accounts that this node has signed out of, for other nodes to claim. It keeps `running` accounts."""
    count = {"accounts": running, "handed_over": nodes.c.handed_over + len(keys)}
    conn.execute(sa.update(nodes).where(nodes.c.id == node).values(count))
    free(conn, sa.and_(accounts.c.key.in_(keys), accounts.c.owner == node), "handed over to another node")
    wake(conn, TOPIC)


def assignments(conn: Connection, node: str, keys: Sequence[int]) -> list[Assignment]:
    """Return the assignments of those accounts that this node still owns."""
    return [
        Assignment(
            Lease(key, account, node, epoch, revision),
            wanted,
            flush_pending,
            sync_revision,
            next_attempt,
            standing_of(stored),
            settings_of(document),
            sealed,
        )
        for (
            key,
            account,
            epoch,
            revision,
            wanted,
            flush_pending,
            sync_revision,
            next_attempt,
            document,
            sealed,
            *stored,
        ) in conn.execute(_ASSIGNMENTS[conn.dialect.name], {"node": node, "listed": _list(keys)})
    ]


def owned(conn: Connection, node: str, ids: Sequence[str] | None = None) -> list[WantedAccount]:
    """Return the wanted state of all accounts that this node owns, or of those with the given ids."""
    if ids is None:
        rows = conn.execute(_OWNED, {"node": node})
    else:
        rows = conn.execute(_OWNED_OF, {"node": node, "ids": list(ids)})
    return [WantedAccount(*row) for row in rows]


def _list(keys: Sequence[int]) -> str:
    return orjson.dumps(list(keys)).decode()


def release(conn: Connection, lease: Lease) -> None:
    """Free an account, unless another node already owns it."""
    mine = {"of": lease.key, "held_by": lease.owner, "in_epoch": lease.epoch}
    left = conn.execute(_LEAVE, mine).one_or_none()
    if left is None:
        return
    revision, state = left
    if revision != lease.revision:
        # A newer revision is picked up at once, and the change that made it has already set the account's state.
        wake(conn, TOPIC, lease.account)
    elif State(state) in AT_WORK:
        # The row is still locked, and nobody has claimed it.
        abandon(conn, accounts.c.key == lease.key, database_time(conn), "the connection was given up")


_NOTE_IN_STEP = {
    # A `+` keeps SQLite from using an index for that column. It would then go through the accounts, and through the
    # whole document for each of them: half a second for a thousand accounts, in which nobody else can write.
    "sqlite": sa.text(
        "UPDATE accounts SET sync_time = proof.at FROM ("
        "SELECT json_extract(value, '$[0]') AS key, json_extract(value, '$[1]') AS epoch,"
        " json_extract(value, '$[2]') AS at FROM json_each(:moments)) AS proof "
        "WHERE accounts.key = proof.key AND +accounts.owner = :node AND accounts.epoch = proof.epoch "
        "AND +accounts.state = 'connected' AND (accounts.sync_time IS NULL OR accounts.sync_time < proof.at - :age)"
    ),
    # A locked row is being written by its runner, which also writes the time of the sync, so it is skipped.
    "postgresql": sa.text(
        "UPDATE accounts SET sync_time = proof.at FROM ("
        "SELECT mine.key, (moment->>2)::bigint AS at FROM jsonb_array_elements(CAST(:moments AS jsonb)) AS moment "
        "JOIN accounts AS mine ON mine.key = (moment->>0)::bigint "
        "WHERE mine.owner = :node AND mine.epoch = (moment->>1)::bigint AND mine.state = 'connected' "
        "AND (mine.sync_time IS NULL OR mine.sync_time < (moment->>2)::bigint - :age) "
        "FOR UPDATE OF mine SKIP LOCKED) AS proof WHERE accounts.key = proof.key"
    ),
}


def note_in_step(conn: Connection, node: str, moments: Sequence[tuple[Lease, int]], age: int) -> int:
    """Store, in one statement, when accounts of this node were last in sync; return how many were written.

    Times are in milliseconds. A stored time that is not older than `age` stays, and so does one of another epoch.
    """
    document = orjson.dumps([(lease.key, lease.epoch, at) for lease, at in moments]).decode()
    values = {"moments": document, "node": node, "age": age}
    return int(conn.execute(_NOTE_IN_STEP[conn.dialect.name], values).rowcount)


def settle(conn: Connection, lease: Lease) -> None:
    """Reset the stored failure count, because the connection is stable. Raises LeaseLost."""
    check_lease(conn, lease, failures=0)
