"""Where an account's secrets go, how they are protected on the way, and which changes send them elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from postroom.accounts.settings.secret import SecretUrl
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings, Protocol, ServerSettings, Tls
from postroom.connections.sockets.implicit_tls import begins_with_tls
from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import host_of

__all__ = ["LENT", "MovedSetting", "Use", "differences", "is_lent", "kept_secrets", "reaches_further", "use_of"]

Source: TypeAlias = Literal["own", "oauth2", "auth-server", "lender"]
"""The owner of the credentials: the protocol's block, the `oauth2` block, or another account or server."""

LENT: Final = ("auth-server", "lender")
"""Sources whose credentials no change can contain."""

_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_USUAL_TLS: Final = "TLSv1.2"
_USUAL: Final = Tls()


@dataclass(frozen=True, slots=True)
class Use:
    """How one protocol signs in, as if it were switched on. `host` is None for the provider's own server.

    `certified` is the name that the certificate must contain.
    """

    source: Source
    user: tuple[str, ...]
    proxy: SecretUrl | None
    host: str | None = None
    port: int = 0
    implicit_tls: bool = True
    checks_certificate: bool = True
    oldest_tls: int = _TLS_VERSIONS.index(_USUAL_TLS)
    plaintext: bool = False
    certified: str | None = None


class MovedSetting(NamedTuple):
    """One field that leads elsewhere than before; a value is None if it is not set. It holds no secret."""

    field: str
    before: str | None
    after: str | None


def use_of(settings: AccountSettings, protocol: Protocol) -> Use | None:
    """Return how a protocol signs in, None if it cannot.

    A block counts even if it is switched off, because it can be switched on later without naming the server again.
    """
    source = _source(settings, protocol)
    if source is None:
        return None
    server = settings.server(protocol)
    user = _user(server, settings.oauth2, source)
    proxy = settings.proxy or None
    if server is None or not server.host:
        return Use(source, user, proxy)
    tls, port = server.tls or _USUAL, server.port or 0
    # Not casefold, which turns `ß` into `ss`, because these are two different domains.
    host = server.host.lower().rstrip(".")
    return Use(
        source,
        user,
        proxy,
        host=host,
        port=port,
        implicit_tls=begins_with_tls(server.secure, port),
        checks_certificate=tls.reject_unauthorized is not False,
        oldest_tls=_TLS_VERSIONS.index(tls.min_version or _USUAL_TLS),
        plaintext=bool(tls.allow_plaintext),
        certified=(tls.server_name or "").lower().rstrip(".") or host,
    )


def reaches_further(before: Use | None, after: Use | None) -> bool:
    """Return whether a change sends credentials to another place, protects them less, or uses other credentials.

    The provider's own server is where its tokens belong. A change back to it does not count.
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
        or after.certified not in (before.certified, after.host)
    )


def kept_secrets(after: AccountSettings, sent: AccountSettings, protocol: Protocol) -> list[str]:
    """Return the paths of the secrets that a protocol signs in with and that the change, `sent`, does not contain."""
    source = _source(after, protocol)
    if source == "own":
        return list(_unsent_of_server(protocol, after.server(protocol), sent.server(protocol)))
    return list(_unsent_of_oauth2(after.oauth2, sent.oauth2)) if source == "oauth2" else []


def kept_headers(before: AccountSettings, after: AccountSettings, sent: AccountSettings) -> bool:
    """Return whether a change sends header values that it does not contain to another receiver."""
    if not after.webhooks or before.webhooks == after.webhooks or sent.webhooks_custom_headers is not None:
        return False
    return any(header.value for header in after.webhooks_custom_headers or ())


def is_lent(settings: AccountSettings, protocol: Protocol) -> bool:
    """Return whether a protocol signs in with credentials of another account or of the authentication server."""
    return _source(settings, protocol) in LENT


def differences(before: AccountSettings, after: AccountSettings) -> list[MovedSetting]:
    """Return the fields that lead elsewhere after a change: hosts, encryption, proxy, receiver, credentials."""
    old, new = dict(_told(before)), dict(_told(after))
    names = dict.fromkeys([*old, *new])
    return [MovedSetting(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _source(settings: AccountSettings, protocol: Protocol) -> Source | None:
    server, oauth2 = settings.server(protocol), settings.oauth2
    if server is not None and server.use_auth_server:
        return "auth-server"
    if server is not None and server.auth is not None and server.auth.user:
        return "own"
    if oauth2 is None:
        return None
    if oauth2.use_auth_server:
        return "auth-server"
    return "oauth2" if settings.lender is None else "lender"


def _user(server: ServerSettings | None, oauth2: OAuth2Settings | None, source: Source) -> tuple[str, ...]:
    if source == "own" and server is not None and server.auth is not None:
        return (server.auth.user or "",)
    if oauth2 is None:
        return ("", "", "", "")
    who = oauth2.who
    return (oauth2.provider or "", who.user or "", who.delegated_user or "", who.delegated_account or "")


def _place(use: Use) -> tuple[object, ...]:
    return (use.host, use.port, use.proxy, use.source, use.user)


def _unsent_of_server(name: str, held: ServerSettings | None, sent: ServerSettings | None) -> Iterator[str]:
    auth = held.auth if held is not None else None
    given = sent.auth if sent is not None else None
    if auth is not None and auth.password and not (given is not None and given.password):
        yield f"{name}.auth.pass"
    if auth is not None and auth.access_token and not (given is not None and given.access_token):
        yield f"{name}.auth.accessToken"


def _unsent_of_oauth2(held: OAuth2Settings | None, sent: OAuth2Settings | None) -> Iterator[str]:
    if held is not None and held.access_token and not (sent is not None and sent.access_token):
        yield "oauth2.accessToken"
    if held is not None and held.refresh_token and not (sent is not None and sent.refresh_token):
        yield "oauth2.refreshToken"


def _told(settings: AccountSettings) -> Iterator[tuple[str, str]]:
    """Yield the fields that say where settings lead, as text without secrets."""
    for name, server in (("imap", settings.imap), ("smtp", settings.smtp)):
        if server is not None:
            yield from _told_server(name, server)
    if settings.oauth2 is not None:
        who = settings.oauth2.who
        held = {"provider": settings.oauth2.provider, "useAuthServer": settings.oauth2.use_auth_server}
        held |= {"auth.user": who.user, "auth.delegatedUser": who.delegated_user}
        held |= {"auth.delegatedAccount": who.delegated_account}
        yield from ((f"oauth2.{name}", _text(value)) for name, value in held.items() if value)
    for name, url in (("proxy", settings.proxy), ("webhooks", settings.webhooks)):
        if url:
            yield name, host_of(url.masked)


def _told_server(name: str, server: ServerSettings) -> Iterator[tuple[str, str]]:
    port, tls = server.port or 0, server.tls or _USUAL
    held: dict[str, str | int | bool | None] = {
        "host": server.host,
        "port": port,
        "secure": begins_with_tls(server.secure, port),
        "tls.rejectUnauthorized": tls.reject_unauthorized,
        "tls.minVersion": tls.min_version,
        "tls.allowPlaintext": tls.allow_plaintext,
        "tls.servername": tls.server_name,
        "auth.user": server.auth.user if server.auth is not None else None,
        "useAuthServer": server.use_auth_server or None,
    }
    yield from ((f"{name}.{key}", _text(value)) for key, value in held.items() if value is not None)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
