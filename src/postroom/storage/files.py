"""File permissions: the folders and files that Postroom makes are for their owner alone, whatever the umask is.

A folder that existed before is left as it is: it may be shared on purpose, or be `/tmp`. `postroom doctor` reports it.
"""

from __future__ import annotations

import contextlib
import os
import secrets as random
import stat
from pathlib import Path

from postroom.log import get_logger

log = get_logger("storage")

# Files that SQLite keeps beside a database, with the same permissions.
_BESIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = 0o077


def private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, unless it exists."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_database(path: Path) -> None:
    """Make the empty file of a SQLite database, readable for its owner alone; SQLite itself would follow the umask."""
    private_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def close_to_others(database: Path) -> None:
    """Remove other users' permissions from the files of a SQLite database; log that, and a folder open to others."""
    folder = database.parent
    if is_open_to_others(folder):
        log.warning("others can look into the folder of the database: chmod 700", folder=str(folder))
    for each in open_to_others(database):
        # The file may have another owner, or the file system may have no permissions; it is used anyway.
        with contextlib.suppress(OSError):
            each.chmod(0o600)
            log.info("others could read a file of the database; now only its owner can", file=str(each))


def open_to_others(database: Path) -> list[Path]:
    """Return those files of a SQLite database that users other than the owner may access."""
    files = [database.with_name(database.name + ending) for ending in _BESIDE]
    return [each for each in files if is_open_to_others(each)]


def is_open_to_others(path: Path) -> bool:
    """Say whether users other than the owner may access a file or folder; False when it does not exist."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & _OTHERS)
    except FileNotFoundError:
        return False


def draft_beside(path: Path) -> Path:
    """Make an empty private file in the folder of `path`; once written in full, it is renamed with `publish`."""
    draft = path.with_name(f".{path.name}.{random.token_hex(4)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return draft


def publish(draft: Path, path: Path) -> None:
    """Rename a draft to `path` once it is on disk; an existing file is replaced."""
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_private(path: Path, text: str) -> None:
    """Write a small private file, completely or not at all. Raises OSError."""
    private_folder(path.parent)
    draft = draft_beside(path)
    try:
        draft.write_text(text)
        publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
