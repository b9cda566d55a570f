"""The errors Postroom raises on purpose; each carries its verdict, so that callers never guess from a text. Pure.

PostroomError               .code (stable, for programs), .retry_after (seconds or None), .cure (what the operator
│                           should do; '' when the message says it or nobody knows)
├── Transient               trying again later may work: network, a busy server, a locked database
├── Permanent               trying again will not help until something is changed
├── Unauthorized            credentials were refused; a person or a token refresh is needed
└── StorageFailed           the database failed; never raised itself, it is always one of these two:
    ├── StorageUnavailable  it cannot be used now; nothing was stored
    │   └── StorageDamaged  its file is damaged: a person must put a backup in its place
    └── OutcomeUnknown      it went away during a commit: whether the change was stored is not known
"""

from __future__ import annotations


class PostroomError(Exception):
    """Something failed in a way Postroom knows how to name."""

    code: str = "PostroomError"

    def __init__(
        self, message: str, *, cure: str = "", code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.retry_after = retry_after
        if code is not None:
            self.code = code


class Transient(PostroomError):
    """A failure that may pass by itself."""

    code = "Transient"


class Permanent(PostroomError):
    """A failure that stays until something is changed."""

    code = "Permanent"


class Unauthorized(PostroomError):
    """Credentials were refused."""

    code = "Unauthorized"


class StorageFailed(Transient):
    """The database failed. Caught by those to whom it is all the same whether anything was stored."""


class StorageUnavailable(StorageFailed):
    """The database cannot be used right now (locked, full, read-only or away); nothing was stored."""

    code = "StorageUnavailable"


class StorageDamaged(StorageUnavailable):
    """The file of the database is damaged, or is none: nothing was stored, and waiting does not help."""

    code = "StorageDamaged"


class OutcomeUnknown(StorageFailed):
    """The database went away during a commit: whether the change was stored is not known."""

    code = "OutcomeUnknown"
