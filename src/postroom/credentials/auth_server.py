"""The operator's authentication server, which is asked for an account's credentials at each connection.

`GET <authServer>?account=ID&proto=imap|smtp|api` answers `{user, pass}` or `{user, accessToken}`. The answer is used
for one connection and never stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from postroom.accounts.model import NoCredentials
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import AccountSettings, Auth, Protocol
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import Transient, Unauthorized
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.web import NoAnswer, WebAnswer, WebClient
from postroom.words.masking import split_userinfo

__all__ = ["AuthServer", "AuthServerRefused", "AuthServerUnavailable", "lending_block"]

Block: TypeAlias = Literal["imap", "smtp", "oauth2"]


class AuthServerRefused(Unauthorized):
    """The authentication server gave no credentials for this account."""

    code = "HTTPRequestError"


class AuthServerUnavailable(Transient):
    """The authentication server could not be reached, or its answer is unreadable. This says nothing about the account.

    `code` is an errno name, as for mail servers, or one of our own.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthServer:
    """The server named by the setting `authServer`, within the address policy of `web`."""

    web: WebClient
    runtime: RuntimeSettings

    async def lend(self, account: str, settings: AccountSettings, protocol: Protocol) -> AccountSettings | None:
        """Return the settings with the credentials for one connection; None if the account's own are to be used.

        The account uses its own if no block sets `useAuthServer`, or if no server is set and it has some. Raises
        AuthServerRefused, AuthServerUnavailable, NoCredentials.
        """
        name = lending_block(settings, protocol)
        if name is None:
            return None
        if not account:
            raise NoCredentials("The authentication server is asked by an account's id, and there is none yet")
        url = (await self.runtime.get()).demand("authServer").auth_server
        if url is None:
            if _has_own(settings, name):
                return None
            raise NoCredentials(
                "The credentials of this account come from the authentication server, and none is set: "
                f"set authServer, or give the account {name} credentials of its own"
            )
        return _with(settings, name, _judge(await self._ask(url, account, protocol), name))

    async def _ask(self, url: str, account: str, protocol: Protocol) -> WebAnswer:
        address, basic = split_userinfo(url)
        try:
            query = {"account": account, "proto": protocol}
            return await self.web.get(address, basic=basic, query=query)
        except NoAnswer as error:
            raise AuthServerUnavailable(
                f"The authentication server cannot be asked: {error}", code=error.code
            ) from None


def lending_block(settings: AccountSettings, protocol: Protocol) -> Block | None:
    """Return the block whose credentials come from the authentication server: the protocol's, `oauth2`, or None."""
    server, oauth2 = settings.server(protocol), settings.oauth2
    if protocol != "api" and server is not None and server.use_auth_server:
        return protocol
    if oauth2 is not None and oauth2.use_auth_server and settings.uses_oauth2(protocol):
        return "oauth2"
    return None


def _has_own(settings: AccountSettings, name: Block) -> bool:
    if name == "oauth2":
        return settings.oauth2 is not None and bool(settings.oauth2.access_token)
    server = settings.server(name)
    return server is not None and server.auth is not None and bool(server.auth.password)


def _judge(answer: WebAnswer, name: Block) -> Auth:
    """Return the credentials in an answer: a user with a password or a token. The answer's text is never repeated."""
    if not answer.ok:
        raise AuthServerRefused(f"The authentication server answered with status {answer.status}")
    document = answer.document
    if document is None:
        raise AuthServerUnavailable(
            f"The authentication server answered with status {answer.status}, but with no JSON object that can be read",
            code="EAUTHSERVER",
        )
    given: dict[str, str] = {}
    for key in ("user", "pass", "accessToken"):
        value = document.get(key) or ""
        if not isinstance(value, str):
            raise AuthServerRefused("The authentication server gave credentials that are not text")
        if value:
            given[key] = value
    if "user" not in given:
        raise AuthServerRefused("The authentication server gave no user")
    wanted = ("accessToken",) if name == "oauth2" else ("accessToken", "pass")
    if not any(key in given for key in wanted):
        raise AuthServerRefused(f"The authentication server gave no {' and no '.join(wanted)}")
    password, token = given.get("pass"), given.get("accessToken")
    return Auth(given["user"], Secret(password) if password else None, Secret(token) if token else None)


def _with(settings: AccountSettings, name: Block, given: Auth) -> AccountSettings:
    if name == "imap" and settings.imap is not None:
        return replace(settings, imap=replace(settings.imap, auth=given))
    if name == "smtp" and settings.smtp is not None:
        return replace(settings, smtp=replace(settings.smtp, auth=given))
    assert settings.oauth2 is not None
    oauth2 = replace(
        settings.oauth2,
        auth=replace(settings.oauth2.who, user=given.user),
        access_token=given.access_token,
        refresh_token=None,
        expires=None,
        generated=None,
    )
    return replace(settings, oauth2=oauth2)
