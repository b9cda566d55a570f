"""From settings to a sign-in: which server, which encryption, which user and secret, for IMAP and for SMTP."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from postroom.accounts.model import NoCredentials
from postroom.accounts.settings.document import PUBLIC_HOSTS, Document
from postroom.clock import from_iso
from postroom.connections.clients.imap_client import Credentials, LocalProtocolError
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.sockets.implicit_tls import begins_with_tls
from postroom.connections.sockets.proxies import Proxy
from postroom.errors import Unauthorized
from postroom.oauth2.providers import Provider, provider_of
from postroom.words import NO_SECRETS, Secrets

_TLS_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class UnfitCredentials(Unauthorized):
    """No sign-in can carry these credentials; the message names the value and what is in it."""

    code = "ECREDENTIALS"


@dataclass(frozen=True, slots=True)
class MailLogin:
    """Where to connect and as whom."""

    endpoint: Endpoint
    credentials: Credentials

    @property
    def secrets(self) -> Secrets:
        """What must not come back in the words of the server, nor of the proxy on the way."""
        proxy = self.endpoint.proxy
        return self.credentials.secrets + (proxy.secrets if proxy is not None else NO_SECRETS)


def wants_imap(full: Document) -> bool:
    """Say whether there is an IMAP connection to hold."""
    imap = full.get("imap")
    if isinstance(imap, dict):
        return not imap.get("disabled")
    oauth2 = full.get("oauth2")
    return isinstance(oauth2, dict) and bool(oauth2.get("enabled", True))


def host_policy(full: Document, usual: AddressPolicy) -> AddressPolicy:
    """Return how far the connections of an account may reach: as usual, or to public hosts only."""
    return AddressPolicy.PUBLIC if full.get(PUBLIC_HOSTS) else usual


def imap_login(full: Document, *, now: int, ca_file: Path | None = None, provider: Provider | None = None) -> MailLogin:
    """Return the IMAP sign-in of a full document; `provider` is the one of its OAuth2 application, if it has one.

    Raises NoCredentials when there is no IMAP, or the secret is missing or has expired, UnfitCredentials for what
    cannot be sent.
    """
    return _login(full, "imap", now, ca_file, provider)


def smtp_login(full: Document, *, now: int, ca_file: Path | None = None, provider: Provider | None = None) -> MailLogin:
    """Return the SMTP sign-in of a full document; raises what `imap_login` raises."""
    return _login(full, "smtp", now, ca_file, provider)


def _login(full: Document, protocol: str, now: int, ca_file: Path | None, provider: Provider | None) -> MailLogin:
    block = full.get(protocol)
    oauth2 = full.get("oauth2")
    if isinstance(block, dict) and not block.get("disabled"):
        endpoint = _endpoint(block, ca_file)
    elif isinstance(oauth2, dict) and oauth2.get("enabled", True):
        provider = provider or provider_of(str(oauth2.get("provider")))
        server = None if provider is None else provider.imap if protocol == "imap" else provider.smtp
        if server is None:
            raise NoCredentials(
                f"The mail server of the OAuth2 provider {oauth2.get('provider')!r} is not known: "
                f"give the account {protocol} settings with host and port"
            )
        mode: TlsMode = "implicit" if begins_with_tls(server.implicit_tls, server.port) else "starttls"
        endpoint = Endpoint(server.host, server.port, mode, ca_file=ca_file)
        block = {}
    else:
        raise NoCredentials(f"The account has no {protocol} settings in use: set {protocol}.host and {protocol}.auth")
    if full.get("proxy"):
        endpoint = replace(endpoint, proxy=Proxy.of(str(full["proxy"])))
    try:
        return MailLogin(endpoint, _credentials(block.get("auth"), oauth2, protocol, now))
    except LocalProtocolError as error:
        raise UnfitCredentials(str(error)) from None


def _endpoint(block: dict[str, Any], ca_file: Path | None) -> Endpoint:
    tls = block.get("tls") or {}
    port = int(block["port"])
    mode: TlsMode = "implicit" if begins_with_tls(block.get("secure"), port) else "none-ok"
    minimum = _TLS_VERSIONS.get(str(tls.get("minVersion")), ssl.TLSVersion.TLSv1_2)
    return Endpoint(
        host=str(block["host"]),
        port=port,
        tls=mode,
        allow_plaintext=bool(tls.get("allowPlaintext")),
        verify=tls.get("rejectUnauthorized"),
        min_version=minimum,
        ca_file=ca_file,
    )


def _credentials(auth: Any, oauth2: Any, protocol: str, now: int) -> Credentials:
    if isinstance(auth, dict) and auth.get("user"):
        token = auth.get("accessToken") or None
        return Credentials(
            user=str(auth["user"]),
            password=auth.get("pass") if token is None else None,
            access_token=token,
        )
    if not isinstance(oauth2, dict):
        raise NoCredentials(f"The account has no user name and password for {protocol}: set {protocol}.auth")
    return Credentials(user=_oauth2_user(oauth2, protocol), access_token=_valid_token(oauth2, now))


def _oauth2_user(oauth2: dict[str, Any], protocol: str) -> str:
    auth = oauth2.get("auth") or {}
    # A shared mailbox is opened under its own name, but mail is submitted by the person who signed in.
    return str((auth.get("delegatedUser") if protocol == "imap" else None) or auth.get("user") or "")


def _valid_token(oauth2: dict[str, Any], now: int) -> str:
    token = oauth2.get("accessToken")
    if not token:
        raise NoCredentials(f"The account has no OAuth2 access token: send oauth2.accessToken{_to_renew(oauth2)}")
    expires = oauth2.get("expires")
    if expires and from_iso(str(expires)) <= now:
        raise NoCredentials(
            f"The OAuth2 access token expired at {expires}: send a new oauth2.accessToken{_to_renew(oauth2)}"
        )
    return str(token)


def _to_renew(oauth2: dict[str, Any]) -> str:
    """What would spare the caller the sending; whatever can be renewed was renewed before."""
    if oauth2.get("refreshToken"):
        return f", or register the OAuth2 application {str(oauth2.get('provider'))!r} so that it is renewed"
    return ", or a refresh token for the OAuth2 application to renew it with"
