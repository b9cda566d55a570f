"""What is missing in the settings of an account. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from postroom.accounts.settings.values import AccountSettings, Auth, OAuth2Settings, ServerSettings
from postroom.footprint.dataclass import dataclass

__all__ = ["Problem", "problems"]

_NO_AUTH: Final = (None, Auth())


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem with settings: `key` is the dotted path, `message` says what to do."""

    key: str
    message: str


def problems(settings: AccountSettings) -> list[Problem]:
    """Return everything that is missing for the settings to work."""
    found: list[Problem] = []
    if settings.imap is None and settings.smtp is None and settings.oauth2 is None:
        found.append(Problem("imap", "at least one of imap, smtp and oauth2 is required"))
    for name, server in (("imap", settings.imap), ("smtp", settings.smtp)):
        if server is not None and not server.disabled:
            has_oauth2 = settings.oauth2 not in (None, OAuth2Settings())
            found.extend(_server_problems(name, server, has_oauth2=has_oauth2))
    if settings.oauth2 is not None:
        found.extend(_oauth2_problems(settings.oauth2))
    return found


def _server_problems(name: str, server: ServerSettings, *, has_oauth2: bool) -> Iterator[Problem]:
    for key, value in (("host", server.host), ("port", server.port)):
        if not value:
            yield Problem(f"{name}.{key}", f'"{name}.{key}" is required')
    auth = server.auth
    if server.use_auth_server:
        if auth not in _NO_AUTH:
            yield Problem(f"{name}.auth", f'"{name}.auth" must be left out when useAuthServer is true')
        return
    if auth is None or auth in _NO_AUTH:
        if not has_oauth2:
            yield Problem(f"{name}.auth", f'"{name}.auth" is required')
        return
    if not auth.user:
        yield Problem(f"{name}.auth.user", f'"{name}.auth.user" is required')
    if not auth.holds_secret:
        yield Problem(f"{name}.auth.pass", f'"{name}.auth.pass" or "{name}.auth.accessToken" is required')


def _oauth2_problems(oauth2: OAuth2Settings) -> Iterator[Problem]:
    who = oauth2.who
    if not oauth2.provider and not oauth2.use_auth_server:
        yield Problem("oauth2.provider", '"oauth2.provider" is required')
    if who.delegated_account and not who.delegated_user:
        yield Problem("oauth2.auth.delegatedUser", '"oauth2.auth.delegatedUser" is required with delegatedAccount')
    if not (who.user or who.delegated_account) and not oauth2.authorize:
        yield Problem("oauth2.auth.user", '"oauth2.auth.user" is required')
