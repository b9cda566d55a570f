"""From settings to a sign-in: the server, its encryption, the user and the secret, for IMAP and SMTP."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

from postroom.accounts.model import NoCredentials
from postroom.accounts.settings.values import AccountSettings, Auth, OAuth2Settings, Protocol, ServerSettings, Tls
from postroom.clock import from_iso
from postroom.connections.clients.imap_client import Credentials, LocalProtocolError
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.quirks.library import matching
from postroom.connections.quirks.profile import MailServer
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.sockets.implicit_tls import begins_with_tls
from postroom.connections.sockets.proxies import Proxy
from postroom.errors import Unauthorized
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.providers import Provider, provider_of
from postroom.words.strangers import NO_SECRETS, Secrets

_TLS_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
_USUAL = Tls()


class UnfitCredentials(Unauthorized):
    """No sign-in can carry these credentials; the message names the value and the character at fault."""

    code = "ECREDENTIALS"


@dataclass(frozen=True, slots=True)
class MailLogin:
    """The server to connect to, and the user to sign in."""

    endpoint: Endpoint
    credentials: Credentials

    @property
    def secrets(self) -> Secrets:
        """The secrets that must be masked in the words of the server, and of a proxy on the way."""
        proxy = self.endpoint.proxy
        return self.credentials.secrets + (proxy.secrets if proxy is not None else NO_SECRETS)


def imap_host(settings: AccountSettings) -> str:
    """Return the host of the IMAP server, or the name of the OAuth2 application if only that knows the host."""
    if settings.imap is not None and settings.imap.host:
        return settings.imap.host
    name = str(settings.oauth2.provider) if settings.oauth2 is not None else ""
    provider = provider_of(name)
    return provider.imap.host if provider is not None and provider.imap is not None else name


def host_policy(settings: AccountSettings, usual: AddressPolicy) -> AddressPolicy:
    """Return which addresses the account's connections may reach: those of `usual`, or only public ones."""
    return AddressPolicy.PUBLIC if settings.public_hosts else usual


def sends(settings: AccountSettings) -> bool:
    """Whether the account has an SMTP server: its own, or that of the provider of its tokens or of its IMAP server."""
    if settings.refuses_smtp:
        return False
    if settings.wants_smtp or (settings.oauth2 is not None and settings.oauth2.is_enabled):
        return True
    return settings.smtp is None and _server_beside_imap(settings) is not None


def imap_login(
    settings: AccountSettings, *, now: int, ca_file: Path | None = None, provider: Provider | None = None
) -> MailLogin:
    """Return the IMAP sign-in of an account. `provider` is that of its OAuth2 application, if it has one.

    Raises NoCredentials if there is no IMAP, or if the secret is missing or has expired; UnfitCredentials if the
    credentials cannot be sent.
    """
    return _login(settings, "imap", now, ca_file, provider)


def smtp_login(
    settings: AccountSettings, *, now: int, ca_file: Path | None = None, provider: Provider | None = None
) -> MailLogin:
    """Return the SMTP sign-in of an account; raises the errors of `imap_login`.

    Without SMTP settings and tokens, it is that of the provider whose IMAP server the account uses, with the same user.
    """
    return _login(settings, "smtp", now, ca_file, provider)


def _login(
    settings: AccountSettings, protocol: Protocol, now: int, ca_file: Path | None, provider: Provider | None
) -> MailLogin:
    server, oauth2 = settings.server(protocol), settings.oauth2
    auth: Auth | None = None
    if server is not None and not server.disabled:
        endpoint, auth = _endpoint(server, protocol, ca_file), server.auth
    elif oauth2 is not None and oauth2.is_enabled:
        endpoint = _endpoint_of(oauth2, protocol, ca_file, provider)
    elif protocol == "smtp" and server is None and (beside := _server_beside_imap(settings)) is not None:
        endpoint = Endpoint(beside.host, beside.port, "implicit" if beside.secure else "starttls", ca_file=ca_file)
        auth = settings.imap.auth if settings.imap is not None else None
    else:
        raise NoCredentials(f"The account has no {protocol} settings in use: set {protocol}.host and {protocol}.auth")
    if settings.proxy:
        endpoint = replace(endpoint, proxy=Proxy.of(settings.proxy.reveal()))
    try:
        return MailLogin(endpoint, _credentials(auth, oauth2, protocol, now))
    except LocalProtocolError as error:
        raise UnfitCredentials(str(error)) from None


def _server_beside_imap(settings: AccountSettings) -> MailServer | None:
    """Return the SMTP server of the provider that has the account's IMAP server, None if that is nobody known."""
    host = settings.imap.host if settings.imap is not None else None
    if not host:
        return None
    return next((profile.smtp for profile in matching(host) if profile.smtp is not None), None)


def _endpoint(server: ServerSettings, protocol: Protocol, ca_file: Path | None) -> Endpoint:
    if not server.host or not server.port:
        raise NoCredentials(f"The account has no {protocol} server: set {protocol}.host and {protocol}.port")
    tls = server.tls or _USUAL
    mode: TlsMode = "implicit" if begins_with_tls(server.secure, server.port) else "none-ok"
    return Endpoint(
        host=server.host,
        port=server.port,
        tls=mode,
        allow_plaintext=bool(tls.allow_plaintext),
        verify=tls.reject_unauthorized,
        min_version=_TLS_VERSIONS.get(tls.min_version or "", ssl.TLSVersion.TLSv1_2),
        ca_file=ca_file,
        server_name=(tls.server_name or "").rstrip(".") or None,
    )


def _endpoint_of(
    oauth2: OAuth2Settings, protocol: Protocol, ca_file: Path | None, provider: Provider | None
) -> Endpoint:
    """Return the endpoint of the provider's own server."""
    provider = provider or provider_of(str(oauth2.provider))
    server = None if provider is None else provider.imap if protocol == "imap" else provider.smtp
    if server is None:
        raise NoCredentials(
            f"The mail server of the OAuth2 provider {oauth2.provider!r} is not known: "
            f"give the account {protocol} settings with host and port"
        )
    mode: TlsMode = "implicit" if begins_with_tls(server.implicit_tls, server.port) else "starttls"
    return Endpoint(server.host, server.port, mode, ca_file=ca_file)


def _credentials(auth: Auth | None, oauth2: OAuth2Settings | None, protocol: Protocol, now: int) -> Credentials:
    if auth is not None and auth.user:
        token = auth.access_token.reveal() if auth.access_token else None
        password = auth.password.reveal() if auth.password is not None and token is None else None
        return Credentials(user=auth.user, password=password, access_token=token)
    if oauth2 is None:
        raise NoCredentials(f"The account has no user name and password for {protocol}: set {protocol}.auth")
    # A shared mailbox is opened under its own name, but mail is submitted by the person who signed in.
    user = oauth2.mailbox if protocol == "imap" else oauth2.who.user or ""
    return Credentials(user=user, access_token=_valid_token(oauth2, now))


def _valid_token(oauth2: OAuth2Settings, now: int) -> str:
    if not oauth2.access_token:
        raise NoCredentials(f"The account has no OAuth2 access token: send oauth2.accessToken{_to_renew(oauth2)}")
    if oauth2.expires and from_iso(oauth2.expires) <= now:
        raise NoCredentials(
            f"The OAuth2 access token expired at {oauth2.expires}: send a new oauth2.accessToken{_to_renew(oauth2)}"
        )
    return oauth2.access_token.reveal()


def _to_renew(oauth2: OAuth2Settings) -> str:
    """Return advice on what to send so that tokens can be renewed; renewable ones were renewed before."""
    if oauth2.refresh_token:
        return f", or register the OAuth2 application {str(oauth2.provider)!r} so that it is renewed"
    return ", or a refresh token for the OAuth2 application to renew it with"
