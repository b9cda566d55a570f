"""Verdicts on sign-ins that fail before a mail server is asked: no credentials, or no access token. Pure."""

from __future__ import annotations

from postroom.accounts.credentials import NoCredentials
from postroom.connections.failures import Failure
from postroom.oauth2.exchange import TokenRefused, TokenUnavailable

__all__ = ["missing_failure", "token_failure"]


def missing_failure(error: NoCredentials) -> Failure:
    """Return the verdict for an account that has nothing to sign in with."""
    return Failure("authentication", "login", error.code, error.message, "Send the missing credentials.")


def token_failure(error: TokenRefused | TokenUnavailable) -> Failure:
    """Return the verdict for an access token that could not be renewed."""
    if isinstance(error, TokenUnavailable):
        advice = "Wait: the provider's token server gave no usable answer, and is asked again by itself."
        return Failure("connection", "login", error.code, error.message, advice, error.retry_after)
    advice = error.request.get("flag", {}).get("message") or "Let the person sign in again."
    return Failure("authentication", "login", error.code, error.message, advice)
