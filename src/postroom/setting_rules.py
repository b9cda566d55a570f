"""What the value of a setting must look like, beyond its type, and which names are none. Pure.

A rule about a value raises ValueError with what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo

from postroom.database_url import check_hosts
from postroom.footprint.dataclass import dataclass

PREFIX: Final = "POSTROOM_"
# The likeness from which a name counts as a misspelt setting: DATA_DIRECTORY for DATA_DIR, but not URL for PORT.
_NEAR = 0.7
_ARGUMENTS: Final = frozenset({"host", "port", "database_url", "data_dir", "workers"})
"""The settings that the command line has, too. It has the last word."""

_SHORTEST_ADMIN_PASSWORD: Final = 12


def place(name: str, value: object, places: Mapping[str, Mapping[str, object]]) -> str:
    """Return where a setting comes from: the first place that names it, or else the command line.

    `places` are the names and values in the environment and in files, the strongest first.
    """
    for where, given in places.items():
        known = {_plain(key): each for key, each in given.items()}
        if name in known:
            return "command line" if name in _ARGUMENTS and str(known[name]) != str(value) else where
    return "command line"


def _plain(key: str) -> str:
    return key.lower().removeprefix(PREFIX.lower())


def split(value: object) -> object:
    """Return a list that is written with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def blank_is_none(value: object) -> object:
    """Return None for an empty text."""
    return None if value == "" else value


def one_origin(value: str | None) -> str | None:
    """Return an http or https origin without the slash at its end."""
    if value is None:
        return None
    parts = urlsplit(value)
    is_alone = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("https", "http") or not parts.hostname or not is_alone:
        raise ValueError("must be an origin alone, such as https://postroom.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins as browsers send them, with scheme and host in lower case; `*` is for all."""
    return tuple(each if each == "*" else (one_origin(each) or "").lower() for each in value)


def long_enough(value: SecretStr | None) -> SecretStr | None:
    """Return a password that has enough characters."""
    if value is not None and len(value.get_secret_value()) < _SHORTEST_ADMIN_PASSWORD:
        raise ValueError(f"must have at least {_SHORTEST_ADMIN_PASSWORD} characters")
    return value


def web_address(value: str | None) -> str | None:
    """Return a web address."""
    if value is not None and (urlsplit(value).scheme not in ("https", "http") or not urlsplit(value).hostname):
        raise ValueError("must be a web address, such as https://id.example.com")
    return value


def has_client(value: str | None, info: ValidationInfo) -> str | None:
    """Return the client id, which an OpenID provider makes necessary."""
    if info.data.get("oidc_issuer") and not value:
        raise ValueError("must be given when POSTROOM_OIDC_ISSUER is")
    return value


def names_somebody(value: str | None, info: ValidationInfo) -> str | None:
    """Return the claim; with an OpenID provider, it or the addresses must say who may sign in."""
    if value and not all(part.strip() for part in value.partition("=")):
        raise ValueError("must be a claim and its value, such as groups=postroom-admins")
    if info.data.get("oidc_issuer") and not value and not info.data.get("oidc_emails"):
        raise ValueError("or POSTROOM_OIDC_EMAILS must say who may sign in with OpenID Connect")
    return value


def outlasts_heartbeats(value: float, info: ValidationInfo) -> float:
    """Return the lease, which must not end after one or two late heartbeats."""
    if value < 3 * info.data.get("heartbeat", 0.0):
        raise ValueError("must be at least three times POSTROOM_HEARTBEAT")
    return value


def known_engine(value: str | None) -> str | None:
    """Return the URL of a database of a known kind."""
    if value is not None and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql:// or sqlite:///")
    if value == "sqlite:///":
        raise ValueError("must name a file: sqlite:///PATH")
    if value is not None and not value.startswith("sqlite:"):
        check_hosts(value)
    return value


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that looks like a setting but is not one: where it stands, and the setting with the closest spelling."""

    name: str
    where: str
    near: str | None

    def __str__(self) -> str:
        meant = f"Did you mean {self.near}?" if self.near else "The settings are listed in docs/settings.md."
        return f"{self.name} in {self.where} is no setting and changes nothing. {meant}"


def misspelt(where: str, given: Mapping[str, Any], known: set[str]) -> Iterator[Unknown]:
    """Yield the names with our prefix that are no setting."""
    for name in given:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            yield Unknown(name, where, near(name.upper(), known))


def near(name: str, known: set[str]) -> str | None:
    """Return the known name of the closest spelling, None when none is close."""
    # A gateway whose settings are well spelt does without this module.
    from difflib import get_close_matches

    # Without the common prefix, which would make all names look alike.
    shortened = {each.removeprefix(PREFIX): each for each in known}
    found = get_close_matches(name.removeprefix(PREFIX), sorted(shortened), n=1, cutoff=_NEAR)
    return shortened[found[0]] if found else None
