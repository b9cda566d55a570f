"""Verdicts on sign-ins that fail before a mail server is asked: credentials are missing or unreadable. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from postroom.accounts.model import NoCredentials
from postroom.connections.failure_rules import ADVICE
from postroom.connections.failures import Failure
from postroom.credentials.auth_server import AuthServerRefused, AuthServerUnavailable
from postroom.credentials.logins import UnfitCredentials
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.words.strangers import take_in

__all__ = ["UNPREPARED", "Unprepared", "token_request_of", "unprepared_failure"]

UNPREPARED: Final = (
    NoCredentials,
    UnfitCredentials,
    OAuthTokenRefused,
    TokenUnavailable,
    AuthServerRefused,
    AuthServerUnavailable,
    SecretUnreadable,
)
"""The errors about credentials, from opening stored secrets, `AccessTokens.prepare`, and making a sign-in."""

Unprepared: TypeAlias = (
    NoCredentials
    | UnfitCredentials
    | OAuthTokenRefused
    | TokenUnavailable
    | AuthServerRefused
    | AuthServerUnavailable
    | SecretUnreadable
)

UNREADABLE_PAUSE: Final = 600.0
"""Seconds between two attempts to open stored secrets. Only an operator can change the outcome."""

_WAIT: Final = "Wait: the provider's token server gave no usable answer, and is asked again by itself."
_ASK_AGAIN: Final = "Look at the authentication server and at the setting authServer; it is asked again by itself."
_SEND_OR_RESTORE: Final = (
    "Send the secrets of {owner} anew by PUT, or put the secret they were encrypted under into "
    "POSTROOM_PREVIOUS_SECRETS and start Postroom again."
)
_NO_ENTRY: Final = "Let the authentication server answer with user, and pass or accessToken, for this account."


def unprepared_failure(error: Unprepared) -> Failure:
    """Return the verdict for credentials that could not be prepared."""
    words = take_in(error.message)
    match error:
        case NoCredentials():
            return Failure("authentication", "login", error.code, words, "Send the missing credentials.")
        case UnfitCredentials():
            return Failure("authentication", "login", error.code, words, ADVICE[error.code])
        case TokenUnavailable():
            return Failure("connection", "login", error.code, words, _WAIT, error.retry_after)
        case AuthServerUnavailable():
            return Failure("connection", "login", error.code, words, _ASK_AGAIN)
        case AuthServerRefused():
            return Failure("authentication", "login", error.code, words, _NO_ENTRY)
        case SecretUnreadable():
            # The credentials themselves may be good, so nobody needs to be asked for new ones.
            advice = _SEND_OR_RESTORE.format(owner=error.owner)
            return Failure("connection", "login", error.code, words, advice, UNREADABLE_PAUSE)
    advice = error.request.get("flag", {}).get("message") or "Let the person sign in again."
    return Failure("authentication", "login", error.code, words, advice)


def token_request_of(error: Unprepared) -> Mapping[str, object] | None:
    """Return the token request that failed, None if the reason is another."""
    return error.request if isinstance(error, OAuthTokenRefused | TokenUnavailable) else None
