"""The message for a database that cannot be opened: its URL without the password, its error, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from postroom.errors import StorageFailed
from postroom.log import redact
from postroom.words.masking import MASK

# Up to the last `@`, because a password that is not percent-encoded may contain slashes.
_LOGIN = re.compile(r"(?<=://).*@")
_SQLITE = "sqlite:///"
_BEFORE = re.compile(r"^(The database cannot be used now|Cannot open the SQLite file .*?): ")


def shown(url: str) -> str:
    """Return a database URL without user name and password, whatever characters they contain."""
    return url if url.startswith(_SQLITE) else str(redact(_LOGIN.sub(MASK + "@", url)))


def advice(url: str, error: StorageFailed) -> str:
    """Return what to do about a database that cannot be used."""
    if error.cure:
        return error.cure
    if url.startswith(_SQLITE):
        return (
            "Check that the file is a database of Postroom's, readable, writable and whole (`postroom doctor` reads "
            "through it), and that its disk has room."
        )
    return (
        "Check that PostgreSQL runs and can be reached from here, and the host, user, password and database name in "
        "POSTROOM_DATABASE_URL."
    )


def said_by(error: StorageFailed) -> str:
    """Return the database's own error, without our prefix and without a full stop."""
    return _BEFORE.sub("", error.message).rstrip(".")


@contextmanager
def naming(url: str) -> Iterator[None]:
    """Add to a failure in the block which database it was and what to do. Raises StorageFailed."""
    try:
        yield
    except StorageFailed as error:
        message = f"Cannot use the database {shown(url)}: {said_by(error)}. {advice(url, error)}"
        raise type(error)(message, cure=error.cure, code=error.code, retry_after=error.retry_after) from error
