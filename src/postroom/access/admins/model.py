"""The operator, a signed-in browser, where an attempt comes from, and what can go wrong. Pure."""

from __future__ import annotations

from dataclasses import field
from typing import Final, Literal, TypeAlias

from postroom.errors import Permanent, Transient, Unauthorized
from postroom.footprint.dataclass import dataclass

__all__ = [
    "OPERATOR",
    "Admin",
    "AdminRefused",
    "AdminSession",
    "AdminStanding",
    "Browser",
    "NotNow",
    "OpenedSession",
    "TooManyAttempts",
    "Way",
    "WrongPassword",
]

OPERATOR: Final = "admin"
"""The name of the one person who signs in with the password."""

Way: TypeAlias = Literal["password", "openid"]
"""How somebody signed in."""


class AdminRefused(Unauthorized):
    """The password, the code, or the person was not accepted."""

    code = "AdminRefused"


class TooManyAttempts(Transient):
    """There were failed attempts before this one, so it was not looked at. `retry_after` is in seconds."""

    code = "TooManyAttempts"


class WrongPassword(Permanent):
    """A new password cannot be used; the message says why."""

    code = "WrongPassword"


class NotNow(Permanent):
    """Something has changed since the page was shown, such as the password; the message says what."""

    code = "NotNow"


@dataclass(frozen=True, slots=True)
class Admin:
    """The operator as stored. Hashes are argon2id (`password`) or SHA-256 in hex; `sealed` is an encrypted secret."""

    password: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    sealed: str | None = field(default=None, repr=False)
    totp_step: int | None = None
    recovery: tuple[str, ...] = field(default=(), repr=False)
    version: int = 0
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class AdminStanding:
    """What pages may know of the operator. `recovery_codes` is how many are left."""

    has_password: bool
    has_code: bool
    has_authenticator: bool
    recovery_codes: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class Browser:
    """Where an attempt comes from. `device` is the name of a browser that has signed in before, None for others."""

    address: str | None = None
    agent: str = ""
    device: str | None = None


@dataclass(frozen=True, slots=True)
class AdminSession:
    """A signed-in browser. `id` is the hash of its cookie. Times are milliseconds since 1970."""

    id: str
    name: str
    way: str
    created_at: int
    used_at: int
    address: str | None
    agent: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session with the text of its cookie, which is stored nowhere."""

    session: AdminSession
    cookie: str = field(repr=False)
