"""Where an account's secrets go and how they are protected on the way; what of a change sends them elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from postroom.accounts.delegation import lender_of
from postroom.accounts.settings.document import Document, split
from postroom.connections.sockets.implicit_tls import begins_with_tls
from postroom.words import host_of

__all__ = ["LENT", "Difference", "Use", "differences", "is_lent", "kept_secrets", "reaches_further", "use_of"]

Source: TypeAlias = Literal["own", "oauth2", "auth-server", "lender"]
"""Whose credentials they are: those of the block, those of the `oauth2` block, or somebody else's."""

LENT: Final = ("auth-server", "lender")
"""Sources whose credentials nobody can send with a change."""

_PROTOCOLS: Final = ("imap", "smtp")
_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_USUAL_TLS: Final = "TLSv1.2"
_OWN_SECRETS: Final = ("pass", "accessToken")
_OAUTH2_SECRETS: Final = ("accessToken", "refreshToken")
_HEADERS: Final = "webhooksCustomHeaders"


@dataclass(frozen=True, slots=True)
class Use:
    """How one protocol signs in, as if it were switched on. `host` is None where it is the provider's own server."""

    source: Source
    user: tuple[str, ...]
    proxy: str | None
    host: str | None = None
    port: int = 0
    implicit_tls: bool = True
    checks_certificate: bool = True
    oldest_tls: int = _TLS_VERSIONS.index(_USUAL_TLS)
    plaintext: bool = False


class Difference(NamedTuple):
    """One field that leads elsewhere than before; None where it is not set. No secret is in it."""

    field: str
    before: str | None
    after: str | None


def use_of(full: Document, protocol: str) -> Use | None:
    """Return how a protocol signs in, None if it cannot.

    What switches a block off is not looked at: it can be switched on again without a word about the server.
    """
    block, oauth2 = full.get(protocol), full.get("oauth2")
    source = _source(full, protocol)
    if source is None:
        return None
    user = _user(block, oauth2, source)
    proxy = full.get("proxy") or None
    if not isinstance(block, dict) or not block.get("host"):
        return Use(source, user, proxy)
    tls, port = block.get("tls") or {}, int(block.get("port") or 0)
    return Use(
        source,
        user,
        proxy,
        # Not casefold, to which `ß` is `ss`: those are two domains.
        host=str(block["host"]).lower().rstrip("."),
        port=port,
        implicit_tls=begins_with_tls(block.get("secure"), port),
        checks_certificate=tls.get("rejectUnauthorized") is not False,
        oldest_tls=_TLS_VERSIONS.index(tls.get("minVersion") or _USUAL_TLS),
        plaintext=bool(tls.get("allowPlaintext")),
    )


def reaches_further(before: Use | None, after: Use | None) -> bool:
    """Say whether credentials go to another place, to the same less protected, or are other ones than before.

    The provider's own server is where its tokens belong, so the way there from another one is no step further.
    """
    if after is None:
        return False
    if after.host is None:
        same_kind = before is not None and before.source == after.source
        return before is not None and (before.proxy != after.proxy or (same_kind and before.user != after.user))
    if before is None or _place(before) != _place(after):
        return True
    return (
        (before.implicit_tls and not after.implicit_tls)
        or (before.checks_certificate and not after.checks_certificate)
        or (after.plaintext and not before.plaintext)
        or after.oldest_tls < before.oldest_tls
    )


def kept_secrets(after: Document, change: Document, protocol: str) -> list[str]:
    """Return the paths of the secrets that a protocol signs in with and that a change does not bring."""
    source = _source(after, protocol)
    if source == "own":
        return list(_unsent(after, change, (protocol, "auth"), _OWN_SECRETS))
    return list(_unsent(after, change, ("oauth2",), _OAUTH2_SECRETS)) if source == "oauth2" else []


def kept_headers(before: Document, after: Document, change: Document) -> bool:
    """Say whether header values that a change does not bring are sent to another receiver than before."""
    if not after.get("webhooks") or before.get("webhooks") == after["webhooks"] or _HEADERS in change:
        return False
    return any(header.get("value") for header in after.get(_HEADERS) or ())


def is_lent(full: Document, protocol: str) -> bool:
    """Say whether a protocol signs in with the credentials of another account or of the authentication server."""
    return _source(full, protocol) in LENT


def differences(before: Document, after: Document) -> list[Difference]:
    """Return what leads elsewhere after a change: hosts, encryption, proxy, receiver, and whose credentials."""
    old, new = dict(_told(split(before)[0])), dict(_told(split(after)[0]))
    names = dict.fromkeys([*old, *new])
    return [Difference(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _source(full: Document, protocol: str) -> Source | None:
    block, oauth2 = full.get(protocol), full.get("oauth2")
    if isinstance(block, dict) and block.get("useAuthServer"):
        return "auth-server"
    if isinstance(block, dict) and (block.get("auth") or {}).get("user"):
        return "own"
    if not isinstance(oauth2, dict):
        return None
    if oauth2.get("useAuthServer"):
        return "auth-server"
    return "oauth2" if lender_of(full) is None else "lender"


def _user(block: Any, oauth2: Any, source: Source) -> tuple[str, ...]:
    if source == "own":
        return (str(block["auth"]["user"]),)
    held = oauth2 if isinstance(oauth2, dict) else {}
    auth = held.get("auth") or {}
    names = ("user", "delegatedUser", "delegatedAccount")
    return (str(held.get("provider") or ""), *(str(auth.get(name) or "") for name in names))


def _place(use: Use) -> tuple[Any, ...]:
    return (use.host, use.port, use.proxy, use.source, use.user)


def _unsent(after: Document, change: Document, place: tuple[str, ...], names: tuple[str, ...]) -> Iterator[str]:
    held, sent = _at(after, place), _at(change, place)
    for name in names:
        if held.get(name) and not sent.get(name):
            yield ".".join((*place, name))


def _at(document: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
    for name in place:
        found = document.get(name)
        document = found if isinstance(found, dict) else {}
    return document


def _told(masked: Document) -> Iterator[tuple[str, str]]:
    """The fields of a masked document that say where it leads, as text."""
    for name in _PROTOCOLS:
        block = masked.get(name)
        if isinstance(block, dict):
            yield from _told_block(name, block)
    oauth2 = masked.get("oauth2")
    if isinstance(oauth2, dict):
        auth = oauth2.get("auth") or {}
        held = {"provider": oauth2.get("provider"), "useAuthServer": oauth2.get("useAuthServer")}
        held |= {f"auth.{name}": auth.get(name) for name in ("user", "delegatedUser", "delegatedAccount")}
        yield from ((f"oauth2.{name}", _text(value)) for name, value in held.items() if value)
    for name in ("proxy", "webhooks"):
        if masked.get(name):
            yield name, host_of(str(masked[name]))


def _told_block(name: str, block: Document) -> Iterator[tuple[str, str]]:
    port = int(block.get("port") or 0)
    tls = {f"tls.{key}": value for key, value in (block.get("tls") or {}).items()}
    secure = begins_with_tls(block.get("secure"), port)
    held = {"host": block.get("host"), "port": port, "secure": secure, **tls}
    held |= {"auth.user": (block.get("auth") or {}).get("user"), "useAuthServer": block.get("useAuthServer") or None}
    yield from ((f"{name}.{key}", _text(value)) for key, value in held.items() if value is not None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
