"""The errors that Postroom raises on purpose. Each carries its verdict, so that no caller guesses from a text. Pure.

PostroomError               .code (stable, for programs), .retry_after (seconds or None), .cure (what the operator
│                           should do; '' when the message says it or nothing is known)
├── Transient               trying again later may work: network, a busy server, a locked database
├── Permanent               trying again will not help until something is changed
├── Unauthorized            credentials were refused; a person or a token refresh is needed
└── StorageFailed           the database failed; never raised itself, always as one of these two:
    ├── StorageUnavailable  it cannot be used now; nothing was stored
    │   └── StorageDamaged  its file is damaged: a person must put a backup in its place
    └── OutcomeUnknown      it went away during a commit; it is not known whether the change was stored
"""

from __future__ import annotations


class PostroomError(Exception):
    """A failure of a known kind."""

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
    """The database failed. For callers that do not need to know whether anything was stored."""


class StorageUnavailable(StorageFailed):
    """The database cannot be used right now (locked, full, read-only or away); nothing was stored."""

    code = "StorageUnavailable"


class StorageDamaged(StorageUnavailable):
    """The database file is damaged or is not a database; nothing was stored, and waiting does not help."""

    code = "StorageDamaged"


class OutcomeUnknown(StorageFailed):
    """The database went away during a commit; it is not known whether the change was stored."""

    code = "OutcomeUnknown"
