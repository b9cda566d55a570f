"""Decides which gateway a command calls, from its options, the environment and the profiles. Pure.

The first of these that says something:

1. `--profile`;
2. `--url` and `--token`, or POSTROOM_URL and POSTROOM_TOKEN;
3. the profile in use.

The token of a profile is sent to the address of that profile alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final, Protocol
from urllib.parse import urlsplit

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.footprint.dataclass import dataclass

__all__ = ["DEFAULT_URL", "GatewayTarget", "NamedGateway", "checked_token", "checked_url", "choose", "is_safe"]

DEFAULT_URL: Final = "http://127.0.0.1:3000"
"""Where `postroom serve` listens without settings."""

_LOOPBACK: Final = re.compile(r"127(?:\.\d{1,3}){3}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


class KnownGateway(Protocol):
    """A profile."""

    @property
    def url(self) -> str:
        """The address of its gateway."""

    @property
    def token(self) -> str:
        """Its token."""


@dataclass(frozen=True, slots=True)
class NamedGateway:
    """What was said; None where nothing was. `url` and `token` are of options or of the environment."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayTarget:
    """The gateway to call."""

    url: str
    token: str = field(repr=False)


def choose(named: NamedGateway, profiles: Mapping[str, KnownGateway], current: str | None) -> GatewayTarget:
    """Return the gateway to call. Raises CommandLineError when none is named, or its token is missing."""
    if named.profile is not None:
        found = profiles.get(named.profile)
        if found is None:
            raise _usage(f"There is no profile {named.profile!r}. `postroom profile list` shows those there are.")
        return GatewayTarget(checked_url(found.url), checked_token(found.token))
    used = profiles.get(current) if current is not None else None
    if named.token is not None:
        url = named.url or (used.url if used is not None else DEFAULT_URL)
        return GatewayTarget(checked_url(url), checked_token(named.token))
    if named.url is not None:
        url = checked_url(named.url)
        if used is None or checked_url(used.url) != url:
            raise _usage(f"There is no token for {url}. Give one by POSTROOM_TOKEN, or add a profile.")
        return GatewayTarget(url, checked_token(used.token))
    if used is None:
        raise _usage(
            "No gateway is named. Add one with `postroom profile add NAME URL`, or set POSTROOM_URL and POSTROOM_TOKEN."
        )
    return GatewayTarget(checked_url(used.url), checked_token(used.token))


def checked_url(url: str) -> str:
    """Return the address of a gateway in its usual form. Raises CommandLineError."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise _usage(f"{url!r} is not the address of a gateway, such as https://mail-gateway.example.") from None
    if parts.username is not None or parts.password is not None:
        raise _usage("The address of the gateway must not have a user name or a password in it.")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _usage(f"{url!r} is not the address of a gateway, such as https://mail-gateway.example.")
    return url.strip().rstrip("/")


def is_safe(url: str) -> bool:
    """Say whether what is sent to a gateway is encrypted, or stays on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" or host in ("localhost", "::1") or _LOOPBACK.fullmatch(host) is not None


def checked_token(token: str) -> str:
    """Return a token without the blanks around it. Raises CommandLineError."""
    stripped = token.strip()
    if not _TOKEN.fullmatch(stripped):
        raise _usage("The token is empty or has characters that no token has. Copy it again.")
    return stripped


def _usage(message: str) -> CommandLineError:
    return CommandLineError(message, ExitStatus.USAGE)
