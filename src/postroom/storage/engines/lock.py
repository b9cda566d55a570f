"""Prevents a second process from using a SQLite file: an advisory lock beside it for the life of the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from postroom.errors import Permanent
from postroom.storage.engines.sqlite_faults import cannot_open
from postroom.storage.files import private_folder


class DatabaseInUse(Permanent):
    """Another process holds this SQLite file."""

    code = "DatabaseInUse"


@contextmanager
def sole_process(url: str) -> Iterator[None]:
    """Hold the sole right to serve a SQLite database. PostgreSQL serves many processes and needs no lock.

    The system releases the lock when the process ends, in whatever way. Raises DatabaseInUse, StorageUnavailable.
    """
    if not url.startswith("sqlite:"):
        yield
        return
    file = sa.make_url(url).database or ""
    path = Path(f"{file}.lock")
    try:
        private_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_open(error, Path(file)) from error
    try:
        _lock(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        raise DatabaseInUse(
            f"Another Postroom process (number {holder}) already uses the SQLite database {path.with_suffix('')}. "
            "Stop it first, or use PostgreSQL (POSTROOM_DATABASE_URL=postgresql://…) to run more than one process."
        ) from error
