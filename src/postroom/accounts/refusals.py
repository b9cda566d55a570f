"""Verdicts on sign-ins that fail before a mail server is asked: no credentials, no access token. Pure."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from postroom.accounts.auth_server import AuthServerRefused, AuthServerUnavailable
from postroom.accounts.credentials import NoCredentials
from postroom.connections.failures import Failure
from postroom.oauth2.exchange import TokenRefused, TokenUnavailable

__all__ = ["UNPREPARED", "Unprepared", "request_of", "unprepared_failure"]

UNPREPARED: Final = (NoCredentials, TokenRefused, TokenUnavailable, AuthServerRefused, AuthServerUnavailable)
"""What `AccessTokens.prepare` and the making of a sign-in raise about credentials."""

Unprepared: TypeAlias = NoCredentials | TokenRefused | TokenUnavailable | AuthServerRefused | AuthServerUnavailable

_WAIT: Final = "Wait: the provider's token server gave no usable answer, and is asked again by itself."
_ASK_AGAIN: Final = "Look at the authentication server and at the setting authServer; it is asked again by itself."
_NO_ENTRY: Final = "Let the authentication server answer with user, and pass or accessToken, for this account."


def unprepared_failure(error: Unprepared) -> Failure:
    """Return the verdict for credentials that could not be had."""
    match error:
        case NoCredentials():
            return Failure("authentication", "login", error.code, error.message, "Send the missing credentials.")
        case TokenUnavailable():
            return Failure("connection", "login", error.code, error.message, _WAIT, error.retry_after)
        case AuthServerUnavailable():
            return Failure("connection", "login", error.code, error.message, _ASK_AGAIN)
        case AuthServerRefused():
            return Failure("authentication", "login", error.code, error.message, _NO_ENTRY)
    advice = error.request.get("flag", {}).get("message") or "Let the person sign in again."
    return Failure("authentication", "login", error.code, error.message, advice)


def request_of(error: Unprepared) -> dict[str, Any]:
    """Return what `lastError` tells besides: the request for a token that came to nothing."""
    return {"tokenRequest": error.request} if isinstance(error, TokenRefused | TokenUnavailable) else {}
