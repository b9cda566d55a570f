"""The errors of this room: why there is no session, with the verdict of the place where it failed.

SessionFailed       there is no session
└── NoPlace         all sessions that the account or its host may have are lent

Only verdicts about lending are made here. `credentials.refusals` judges credentials that are missing or refused before
a mail server is asked. `connections.failures` judges the answers of servers, the network and the pacing of sign-ins.
StorageFailed and AccountNotFound are not about sessions, so they pass through unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from postroom.connections.failures import NO_TURN, ConnectionFailed, Failure, SignInRefused
from postroom.credentials.auth_server import AuthServerRefused, AuthServerUnavailable
from postroom.credentials.logins import MailLogin
from postroom.credentials.refusals import Unprepared, token_request_of, unprepared_failure
from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable
from postroom.words.strangers import take_in

__all__ = ["InUse", "NoPlace", "SessionFailed", "Stage", "dismissed", "not_opened", "not_prepared"]

Stage: TypeAlias = Literal["credentials", "oauth2-token", "auth-server", "turn", "connection", "sign-in", "place"]
"""The step that failed. `credentials`, `oauth2-token` and `auth-server`: there are no credentials to sign in with.
`turn`: pacing did not allow the sign-in to begin. `connection`: the network, TLS, or a server that says nothing about
the credentials. `sign-in`: the server refused the credentials. `place`: see NoPlace."""


class SessionFailed(PostroomError):
    """There is no session. `failure` is the verdict, `stage` the step that failed.

    `login` is the server and user, None when there are no credentials. `token_request` is the token request that
    failed, without secrets.
    """

    def __init__(
        self,
        failure: Failure,
        stage: Stage,
        login: MailLogin | None = None,
        token_request: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(failure.response, code=failure.code, retry_after=failure.retry_after)
        self.failure = failure
        self.stage = stage
        self.login = login
        self.token_request = token_request


@dataclass(frozen=True, slots=True)
class InUse:
    """The use of the places: sessions of the account and at its host, the limit of each, and the waiting borrowers."""

    account: int
    at_account: int
    host: int
    at_host: int
    waiting: int


class NoPlace(SessionFailed):
    """No session became free in time; `in_use` shows how the places are used."""

    def __init__(self, account: str, host: str, in_use: InUse, waited: float) -> None:
        said = (
            f"No session of {account} became free within {waited:g} s: {in_use.account} of {in_use.at_account} of the "
            f"account are in use, {in_use.host} of {in_use.at_host} at {host}, and {in_use.waiting} others wait"
        )
        advice = "Try again when other requests for the account have ended."
        super().__init__(Failure("connection", "connect", "ESESSIONSBUSY", take_in(said), advice, 1.0), "place")
        self.in_use = in_use


def dismissed() -> SessionFailed:
    """Return the error for a borrower whose account changed, or when Postroom stops."""
    said = take_in("The account was changed, or Postroom is about to end")
    return SessionFailed(Failure("connection", "connect", "ESESSIONCLOSED", said, "Try again.", 1.0), "place")


def not_prepared(error: Unprepared) -> SessionFailed:
    """Return the error for credentials that could not be prepared."""
    return SessionFailed(unprepared_failure(error), _stage_of(error), None, token_request_of(error))


def not_opened(error: ConnectionFailed | SignInRefused, login: MailLogin) -> SessionFailed:
    """Return the error for a connection or sign-in that failed, or was not begun."""
    if isinstance(error, SignInRefused):
        return SessionFailed(error.failure, "sign-in", login)
    return SessionFailed(error.failure, "turn" if error.failure.code in NO_TURN else "connection", login)


def _stage_of(error: Unprepared) -> Stage:
    match error:
        case OAuthTokenRefused() | TokenUnavailable():
            return "oauth2-token"
        case AuthServerRefused() | AuthServerUnavailable():
            return "auth-server"
    return "credentials"
