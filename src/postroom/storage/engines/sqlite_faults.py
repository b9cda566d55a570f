"""What SQLite's errors mean: which are about the file or the machine, and what to do about them. Pure."""

from __future__ import annotations

from pathlib import PurePath
from sqlite3 import (
    SQLITE_BUSY,
    SQLITE_CANTOPEN,
    SQLITE_CORRUPT,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_IOERR_WRITE,
    SQLITE_LOCKED,
    SQLITE_NOMEM,
    SQLITE_NOTADB,
    SQLITE_PERM,
    SQLITE_PROTOCOL,
    SQLITE_READONLY,
    Error,
)
from typing import Final

from postroom.errors import StorageDamaged, StorageUnavailable

__all__ = ["cannot_open", "is_unwritten", "unavailable"]

_RESTORE: Final = (
    "Stop Postroom, keep a copy of {file}, and put a backup in its place (docs/operations.md, Back up and restore)."
)
_READ_ONLY: Final = (
    "Give the user that runs Postroom write access to {file} and its folder, and see that the disk is not mounted "
    "read-only."
)
_HELD: Final = "End the other program that has {file} open, a database browser or a copy job perhaps, and try again."
_DISK: Final = "The disk below {file} fails: look into the system's log, and have a backup at hand."
_OPEN: Final = (
    "See that {file} is a file, that the user that runs Postroom may read and write it and its folder, and that the "
    "process may open more files (`ulimit -n`)."
)
# What to do, by primary result code. Only these codes are about the file or the machine and not about the statement.
_CURES: Final = {
    SQLITE_BUSY: _HELD,
    SQLITE_CANTOPEN: _OPEN,
    SQLITE_CORRUPT: _RESTORE,
    SQLITE_FULL: "Make room on the disk of {file}; Postroom goes on by itself.",
    SQLITE_IOERR: _DISK,
    SQLITE_LOCKED: _HELD,
    SQLITE_NOMEM: "Give the machine, or the container, more memory.",
    SQLITE_NOTADB: "Set POSTROOM_DATABASE_URL to a database of Postroom's. If this was one, it is damaged. " + _RESTORE,
    SQLITE_PERM: _READ_ONLY,
    SQLITE_PROTOCOL: _HELD,
    SQLITE_READONLY: _READ_ONLY,
}
_DAMAGED: Final = frozenset({SQLITE_CORRUPT, SQLITE_NOTADB})
# Extended result codes of a failed COMMIT that left nothing behind, because the log was not written completely.
_UNWRITTEN: Final = frozenset({SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_WRITE})


def unavailable(error: BaseException, file: PurePath) -> StorageUnavailable | None:
    """Return the verdict for errors that mean "not now" (locked, full, read-only, damaged), None for any other.

    A damaged file is StorageDamaged.
    """
    original = getattr(error, "orig", error)
    code = getattr(original, "sqlite_errorcode", 0) & 0xFF
    if not isinstance(original, Error) or code not in _CURES:
        return None
    kind = StorageDamaged if code in _DAMAGED else StorageUnavailable
    return kind(f"The database cannot be used now: {original}", cure=_CURES[code].format(file=file), retry_after=1.0)


def cannot_open(error: Exception, file: PurePath) -> StorageUnavailable:
    """Return the verdict for a database that could not be opened; `error` comes from SQLite or the file system."""
    known = unavailable(error, file)
    message = f"Cannot open the SQLite file {file}: {getattr(error, 'orig', error)}"
    cure = _OPEN.format(file=file) if known is None else known.cure
    return (StorageUnavailable if known is None else type(known))(message, cure=cure)


def is_unwritten(error: Error) -> bool:
    """Say whether a COMMIT that failed with this error left nothing behind."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code in _UNWRITTEN or code & 0xFF in _UNWRITTEN
