"""The operator's own authentication server, which is asked for an account's credentials at each connection.

`GET <authServer>?account=ID&proto=imap|smtp|api` answers `{user, pass}` or `{user, accessToken}`. What it answers is
used for one connection and stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from postroom.accounts.model import NoCredentials
from postroom.accounts.settings.document import Document, uses_oauth2
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import Transient, Unauthorized
from postroom.oauth2.web import Answer, NoAnswer, WebClient

__all__ = ["AuthServer", "AuthServerRefused", "AuthServerUnavailable", "lending_block"]

_OWN_TOKENS: Final = ("accessToken", "refreshToken", "expires", "generated")


class AuthServerRefused(Unauthorized):
    """The authentication server gave no credentials for this account."""

    code = "HTTPRequestError"


class AuthServerUnavailable(Transient):
    """The authentication server could not be reached, or its answer cannot be read, which says nothing of an account.

    `code` is an errno name, as for mail servers, or ours.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthServer:
    """The server named by the setting `authServer`, within the address policy of `web`."""

    web: WebClient
    runtime: RuntimeSettings

    async def lend(self, account: str, full: Document, protocol: str) -> Document | None:
        """Return the full document with the credentials for one connection; None if its own are to be used.

        They are its own if no block says `useAuthServer`, or if no server is set and the document holds some. Raises
        AuthServerRefused, AuthServerUnavailable, NoCredentials.
        """
        name = lending_block(full, protocol)
        if name is None:
            return None
        if not account:
            raise NoCredentials("The authentication server is asked by an account's id, and there is none yet")
        url = (await self.runtime.get()).demand("authServer").auth_server
        if url is None:
            if _has_own(full[name]):
                return None
            raise NoCredentials(
                "The credentials of this account come from the authentication server, and none is set: "
                f"set authServer, or give the account {name} credentials of its own"
            )
        return _with(full, name, _judge(await self._ask(url, account, protocol), name))

    async def _ask(self, url: str, account: str, protocol: str) -> Answer:
        parts = urlsplit(url)
        basic = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username is not None else None
        try:
            query = {"account": account, "proto": protocol}
            return await self.web.get(_without_userinfo(parts), basic=basic, query=query)
        except NoAnswer as error:
            raise AuthServerUnavailable(
                f"The authentication server cannot be asked: {error}", code=error.code
            ) from None


def lending_block(full: Document, protocol: str) -> str | None:
    """Return the block whose credentials come from the authentication server: the protocol's, `oauth2`, or None."""
    block, oauth2 = full.get(protocol), full.get("oauth2")
    if isinstance(block, dict) and block.get("useAuthServer"):
        return protocol
    if isinstance(oauth2, dict) and oauth2.get("useAuthServer") and uses_oauth2(full, protocol):
        return "oauth2"
    return None


def _has_own(block: dict[str, Any]) -> bool:
    return bool(block.get("accessToken") or (block.get("auth") or {}).get("pass"))


def _judge(answer: Answer, name: str) -> dict[str, str]:
    """Return the credentials in an answer: `user` with `pass` or `accessToken`. Its words are never repeated."""
    if not answer.ok:
        raise AuthServerRefused(f"The authentication server answered with status {answer.status}")
    document = answer.document
    if document is None:
        raise AuthServerUnavailable(
            f"The authentication server answered with status {answer.status}, but with no JSON object that can be read",
            code="EAUTHSERVER",
        )
    given = {key: document[key] for key in ("user", "pass", "accessToken") if document.get(key)}
    if not all(isinstance(value, str) for value in given.values()):
        raise AuthServerRefused("The authentication server gave credentials that are not text")
    if "user" not in given:
        raise AuthServerRefused("The authentication server gave no user")
    wanted = ("accessToken",) if name == "oauth2" else ("accessToken", "pass")
    if not any(key in given for key in wanted):
        raise AuthServerRefused(f"The authentication server gave no {' and no '.join(wanted)}")
    return given


def _with(full: Document, name: str, given: dict[str, str]) -> Document:
    block = full[name]
    if name != "oauth2":
        return {**full, name: {**block, "auth": given}}
    kept = {key: value for key, value in block.items() if key not in _OWN_TOKENS}
    auth = {**(block.get("auth") or {}), "user": given["user"]}
    return {**full, name: {**kept, "auth": auth, "accessToken": given["accessToken"]}}


def _without_userinfo(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
