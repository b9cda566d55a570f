"""Opens the secret box of a database, after a proof that the database was written with the same secrets.

The row `canary` of `meta` holds one sealed value per key in use, one per line. If the given secrets cannot open all of
them, a secret is wrong or missing, and nothing is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import (
    KEY_FILE,
    SecretBox,
    WrongKey,
    account_context,
    load_or_make_key_file,
    read_key_file,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_settings, accounts, meta

CANARY = "canary"
_ENOUGH: Final = 20
log = get_logger("storage")


async def open_box(db: Database, data_dir: Path, secret: str | None, previous: tuple[str, ...] = ()) -> SecretBox:
    """Return the box for this database, from `secret` or the key file in `data_dir`; a new database gets a key file.

    `previous` are older secrets still accepted for reading. Raises WrongKey before anything is written.
    """
    if secret is None:
        secret = read_key_file(data_dir) or await _make_key(db, data_dir)
    box = SecretBox((secret, *previous))
    await db.write(lambda conn: _prove(conn, box))
    return box


def store_newest_canary(conn: Connection, box: SecretBox) -> None:
    """Forget the older secrets. Call it only when nothing is sealed under them any more: see rotation.py."""
    _store_canaries(conn, [box.canary()], is_new=not _canaries(conn))


async def _make_key(db: Database, data_dir: Path) -> str:
    if await db.read(_is_in_use):
        raise WrongKey(
            f"The database holds encrypted secrets, but POSTROOM_SECRET is not set and there is no key file "
            f"{data_dir / KEY_FILE}. Set POSTROOM_SECRET to the secret used before, or put the key file back."
        )
    secret, made = load_or_make_key_file(data_dir)
    if made:
        log.info(
            "made an encryption key: keep a copy, without it stored secrets are lost", file=str(data_dir / KEY_FILE)
        )
    return secret


def _is_in_use(conn: Connection) -> bool:
    return bool(_canaries(conn)) or bool(_some_sealed(conn))


def _canaries(conn: Connection) -> list[str]:
    stored: str | None = conn.execute(sa.select(meta.c.value).where(meta.c.name == CANARY)).scalar_one_or_none()
    return stored.split() if stored else []


def _some_sealed(conn: Connection) -> list[tuple[str, str]]:
    query = (
        sa.select(accounts.c.account, account_settings.c.secrets)
        .join(accounts, accounts.c.key == account_settings.c.account_key)
        .where(account_settings.c.secrets.is_not(None))
        .limit(_ENOUGH)
    )
    return [(account, sealed) for account, sealed in conn.execute(query)]


def _prove(conn: Connection, box: SecretBox) -> None:
    stored = _canaries(conn)
    canaries = [canary for canary in stored if not _is_damaged(canary, box)]
    for canary in canaries:
        box.check_canary(canary)
    if not canaries:
        _prove_by_accounts(conn, box)
    if not any(box.is_current(canary) for canary in canaries):
        _store_canaries(conn, [*canaries, box.canary()], is_new=not stored)


def _is_damaged(canary: str, box: SecretBox) -> bool:
    """Say whether a canary names one of the box's keys but that key cannot open it; such a canary proves nothing."""
    if not box.names_key(canary):
        return False
    try:
        box.check_canary(canary)
    except WrongKey:
        log.error("the stored proof of the encryption key was damaged and has been replaced")
        return True
    return False


def _prove_by_accounts(conn: Connection, box: SecretBox) -> None:
    """Check that one account's secrets open. One is enough, so that a damaged one does not stop all the others."""
    lost: WrongKey | None = None
    for account, sealed in _some_sealed(conn):
        try:
            box.open(sealed, account_context(account))
        except WrongKey as error:
            lost = error
        else:
            return
    if lost is not None:
        raise lost


def _store_canaries(conn: Connection, canaries: list[str], *, is_new: bool) -> None:
    value = "\n".join(canaries)
    # When two nodes start a new cluster with different keys, the second insert fails, and that node checks again.
    if is_new:
        conn.execute(sa.insert(meta), {"name": CANARY, "value": value})
    else:
        conn.execute(sa.update(meta).where(meta.c.name == CANARY).values(value=value))
