"""What an API token is and what it allows. Pure.

A token is 32 random bytes, written as 64 hex digits and shown once. Only the SHA-256 of the bytes is stored; in hex it
is the token's public id.
"""

from __future__ import annotations

import hashlib
import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

SCOPES: Final = ("*", "api", "metrics")
ACTIONS: Final = ("read", "write", "send", "destructive")
GROUPS: Final = (
    "account",
    "mailbox",
    "message",
    "submit",
    "outbox",
    "export",
    "template",
    "blocklist",
    "webhook",
    "gateway",
    "events",
    "diagnostics",
    "logs",
)
ADMIN: Final = "admin"
"""The group that a narrowed token never has: it changes accounts' credentials, settings or tokens."""

TOPIC: Final = "tokens"
"""The topic of hints that tokens are no longer valid; the key is the id of the token."""

TOKEN_BYTES: Final = 32
"""How many random bytes a token is made of."""

_FORM: Final = re.compile(r"[0-9a-fA-F]{64}")


class TokenRefused(Permanent):
    """The request has no token (`MissingToken`), or an invalid one (401)."""

    code = "InvalidToken"

    @property
    def is_wrong(self) -> bool:
        """Whether a token was sent. A request without a token is not an attempt to guess one."""
        return self.code != "MissingToken"


class AccessDenied(Permanent):
    """The token is valid but does not allow this request (403); `details` are part of the answer."""

    code = "AccessDenied"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class TokenNotFound(Permanent):
    """There is no token with this id."""

    code = "TokenNotFound"


class InvalidExpiry(Permanent):
    """The expiry time is in the past."""

    code = "InvalidExpiry"


class NoSuchAccount(Permanent):
    """Account record was not found for requested ID"""

    code = "AccountNotFound"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request needs: a scope, and the action and group that a narrowed token must include."""

    scope: str
    group: str
    action: str


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many requests a token may make in `time_window` seconds."""

    max_requests: int
    time_window: int


@dataclass(frozen=True, slots=True)
class Token:
    """A token as stored. Times are milliseconds since 1970.

    `account` binds it to one account. `account_key` distinguishes that account from earlier or later ones with the same
    id; it is None in lists. `permissions` narrows the token (`{"actions": […], "groups": […]}`); None allows
    everything in its scopes. `addresses` are the IP addresses or networks it may be used from, empty for all.
    `referrers` are patterns of the pages it may be used from, empty for all; `rate_limit` is None for no limit.
    """

    id: str
    description: str
    scopes: tuple[str, ...]
    created_at: int
    account: str | None = None
    metadata: str | None = None
    addresses: tuple[str, ...] = ()
    permissions: dict[str, list[str]] | None = None
    expires_at: int | None = None
    created_ip: str | None = None
    used_at: int | None = None
    used_ip: str | None = None
    account_key: int | None = None
    referrers: tuple[str, ...] = ()
    rate_limit: RateLimit | None = None

    @property
    def has_full_access(self) -> bool:
        """Whether it is neither bound to an account nor narrowed."""
        return self.account is None and self.permissions is None


def token_id(secret: str) -> str | None:
    """Return the id of a token, None when this cannot be a token."""
    if not _FORM.fullmatch(secret):
        return None
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def check(token: Token, needs: Needs, account: str | None, address: str | None, referrer: str | None = None) -> None:
    """Raise AccessDenied unless `token` allows a request from `address` for `account` (None: for no single account).

    `referrer` is the page that made the request, if it named itself.
    """
    if "*" not in token.scopes and needs.scope not in token.scopes:
        raise AccessDenied("Unauthorized scope", requestedScope=needs.scope)
    if token.permissions is not None and not _permitted(token.permissions, needs):
        raise AccessDenied("Unauthorized permission", requiredPermission={"action": needs.action, "group": needs.group})
    if token.account is not None and token.account != account:
        raise AccessDenied("Unauthorized account")
    if token.addresses and not is_within(address, token.addresses):
        raise AccessDenied("Unauthorized address", remoteAddress=address)
    if token.referrers and not any(fits(referrer or "", pattern) for pattern in token.referrers):
        raise AccessDenied("Unauthorized referrer")


def _permitted(permissions: dict[str, list[str]], needs: Needs) -> bool:
    if needs.group == ADMIN:
        return False
    return needs.action in permissions.get("actions", ACTIONS) and needs.group in permissions.get("groups", GROUPS)


def fits(text: str, pattern: str) -> bool:
    """Say whether the whole text fits a pattern, in which `*` stands for any text, even none."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    # From left to right, each part at its first place. This takes no time that grows out of hand, as a regex might.
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def is_within(address: str | None, networks: tuple[str, ...]) -> bool:
    """Say whether an IP address is one of these addresses or lies in one of these networks."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(network, strict=False) for network in networks)
