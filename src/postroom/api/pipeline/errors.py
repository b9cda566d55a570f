"""Turns every error into an answer: the one place that chooses HTTP status codes.

The body is `{"error", "message", "code", "statusCode"}`. `error` and `message` are the same text for people, and
`fields` names every problem of an invalid request. An internal fault does not show its cause; the log has it.
"""

from __future__ import annotations

import math
import secrets as random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from postroom.access.brake import TooManyWrongTokens
from postroom.access.rates import RateLimitExceeded
from postroom.access.tokens import AccessDenied, InvalidExpiry, NoSuchAccount, TokenNotFound, TokenRefused
from postroom.accounts.model import AccountExists, AccountNotFound, InvalidAccount, NotConnected, VersionMismatch
from postroom.accounts.rights.allowed import ChangeDenied
from postroom.api.pipeline.respond import answer
from postroom.cluster.node import NodeNotFound
from postroom.errors import OutcomeUnknown, Permanent, PostroomError, StorageFailed, StorageUnavailable
from postroom.events.model import CursorExpired
from postroom.log import get_logger
from postroom.mailboxes.failures import (
    ChangeCutShort,
    ChangeRefused,
    ChangeTimedOut,
    Done,
    FlagsNotKept,
    FolderRefused,
    IncompleteAnswer,
    InvalidFolder,
    MessageMoved,
    MissingExtension,
    NotThere,
    NotUnderstood,
    ServerRefused,
    TimedOut,
    UnsupportedSearchTerm,
)
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable
from postroom.oauth2.model import AppExists, AppNotFound, InvalidApp
from postroom.onboarding.sign_in.service import MissingServiceUrl
from postroom.onboarding.verify import SignInFailed
from postroom.schemas.checking.problems import FaultyField
from postroom.sessions.failures import SessionFailed
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.streaming.downloads.ranges import RangeNotSatisfiable
from postroom.streaming.seats import TooManyStreams, TooManyStreamsOfToken
from postroom.submission.ability import SmtpUnavailable
from postroom.submission.accepting.model import IdempotencyKeyReused, RequestInFlight
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.stored_drafts import DraftHasNoRecipients, MessageNotDraft
from postroom.submission.bodies import BodyGone
from postroom.submission.outbox.model import CannotCancel, CannotResolve, CannotRetry, SubmissionNotFound
from postroom.submission.submissions import MessageTooLarge, SubmissionUncertain
from postroom.webhooks.model import DeliveryNotFound, EndpointNotFound, InvalidEndpoint, NothingIsSent

if TYPE_CHECKING:
    from postroom.schemas.answers.errors import Error as ErrorAnswer

log = get_logger("api")


class InvalidRequest(Permanent):
    """The request is well formed but not valid; `fields` names every problem."""

    code = "InvalidInput"

    def __init__(self, fields: list[FaultyField]) -> None:
        super().__init__("Invalid input")
        self.fields = fields


class MalformedRequest(Permanent):
    """The body cannot be read as JSON, or a header or the path cannot be understood."""

    code = "MalformedRequest"


class UnsupportedContent(Permanent):
    """The body is not JSON."""

    code = "UnsupportedMediaType"


class BodyTooLarge(Permanent):
    """The body is larger than the operator allows."""

    code = "PayloadTooLarge"


class EndpointDisabled(Permanent):
    """The operator has not enabled this."""

    code = "ApiEndpointDisabled"


class NotOAuth2(Permanent):
    """The account does not sign in with OAuth2"""

    code = "AccountNotOAuth2"


class UnknownPage(Permanent):
    """There is no route for this path."""

    code = "PageNotFound"


class MethodNotAllowed(Permanent):
    """The path exists, but not with this method."""

    code = "MethodNotAllowed"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"This path answers {', '.join(allowed)} only")
        self.allowed = allowed


class Unhealthy(Permanent):
    """The gateway cannot work now; `reasons` says why."""

    code = "ServiceUnavailable"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("The gateway is not healthy")
        self.reasons = reasons


_STATUS: Final[dict[type[BaseException], int]] = {
    InvalidRequest: 400,
    InvalidAccount: 400,
    MalformedRequest: 400,
    AccountExists: 400,
    InvalidApp: 400,
    AppExists: 400,
    SignInFailed: 400,
    InvalidExpiry: 400,
    InvalidEndpoint: 400,
    NothingIsSent: 400,
    InvalidSubmission: 400,
    MessageNotDraft: 400,
    DraftHasNoRecipients: 400,
    ClientDisconnect: 400,
    TokenRefused: 401,
    AccessDenied: 403,
    ChangeDenied: 403,
    EndpointDisabled: 403,
    NotOAuth2: 403,
    OAuthTokenRefused: 403,
    AccountNotFound: 404,
    NoSuchAccount: 404,
    AppNotFound: 404,
    TokenNotFound: 404,
    NodeNotFound: 404,
    EndpointNotFound: 404,
    DeliveryNotFound: 404,
    UnknownPage: 404,
    SmtpUnavailable: 404,
    SubmissionNotFound: 404,
    MethodNotAllowed: 405,
    IdempotencyKeyReused: 409,
    RequestInFlight: 409,
    CannotCancel: 409,
    CannotRetry: 409,
    CannotResolve: 409,
    BodyGone: 410,
    CursorExpired: 410,
    VersionMismatch: 412,
    BodyTooLarge: 413,
    MessageTooLarge: 413,
    UnsupportedContent: 415,
    RangeNotSatisfiable: 416,
    MissingServiceUrl: 400,
    NotUnderstood: 400,
    FolderRefused: 400,
    NotThere: 404,
    MissingExtension: 422,
    FlagsNotKept: 422,
    ServerRefused: 502,
    IncompleteAnswer: 502,
    ChangeCutShort: 503,
    ChangeTimedOut: 504,
    TimedOut: 504,
    SecretUnreadable: 500,
    TooManyWrongTokens: 429,
    RateLimitExceeded: 429,
    TooManyStreamsOfToken: 429,
    StorageUnavailable: 503,
    OutcomeUnknown: 503,
    SubmissionUncertain: 503,
    TokenUnavailable: 503,
    NotConnected: 503,
    SessionFailed: 503,
    TooManyStreams: 503,
    Unhealthy: 503,
}
UNSTORED: Final = "The database cannot be used now; nothing was stored"
UNKNOWN: Final = (
    "The database went away while the change was being stored: whether it was stored is not known. "
    "Read before you try again."
)
_CLOSING: Final = (413,)
"""Statuses after which the rest of the body stays unread, so the connection cannot be reused."""


async def guarded(work: Callable[[], Awaitable[Response]], route: str) -> Response:
    """Return the answer of `work`, or the answer to its error. No exception escapes."""
    try:
        return await work()
    except Exception as error:  # noqa: BLE001 - every error becomes an answer here
        return response_to(error, route)


def response_to(error: Exception, route: str) -> Response:
    """Return the answer to an error. An internal fault is logged under a number that the answer repeats."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), None)
    if status is None:
        incident = random.token_hex(4)
        log.exception("request failed", route=route, incident=incident, exc_info=error)
        return _body(500, "Internal error; the log has the details", "InternalError", {"incident": incident})
    message = error.message if isinstance(error, PostroomError) else "The request was cut off"
    if isinstance(error, StorageFailed):
        # The database's own message is only for the operator's log.
        advice = {"advice": error.cure} if error.cure else {}
        log.warning("database unavailable", route=route, error=error.message, **advice)
        message = UNKNOWN if isinstance(error, OutcomeUnknown) else UNSTORED
    code = error.code if isinstance(error, PostroomError) else "MalformedRequest"
    return _body(status, message, code, _details(error), _headers(error))


def _body(
    status: int, message: str, code: str, details: Mapping[str, object], headers: dict[str, str] | None = None
) -> Response:
    body = {**_document(status, message, code), **details}
    return answer(body, status, {**(headers or {}), **({"connection": "close"} if status in _CLOSING else {})})


def refusal(status: int, message: str, code: str) -> bytes:
    """Return the body of an answer to a request that the server itself refuses."""
    return orjson.dumps(_document(status, message, code))


def _document(status: int, message: str, code: str) -> ErrorAnswer:
    return {"error": message, "message": message, "code": code, "statusCode": status}


def _details(error: Exception) -> Mapping[str, object]:
    """Return the further members of the answer to this error."""
    match error:
        case InvalidRequest():
            return _fields((field.key, field.message) for field in error.fields)
        case InvalidAccount() | InvalidApp() | ChangeDenied():
            return _fields((problem.key, problem.message) for problem in error.problems)
        case InvalidSubmission():
            return _fields((problem.key, f'"{problem.key}" {problem.message}') for problem in error.problems)
        case InvalidEndpoint():
            return _fields(error.fields)
        case CannotCancel() | CannotRetry() | CannotResolve():
            return {"submissionState": error.state.value}
        case CursorExpired():
            return {"oldest": error.oldest}
        case OAuthTokenRefused():
            return {"authenticationFailed": True, "tokenRequest": error.request}
        case TokenUnavailable():
            return {"tokenRequest": error.request}
        case AccountExists():
            return {"existingAccount": error.existing}
        case NotConnected():
            return {"state": error.state.value}
        case SessionFailed():
            return {"response": error.failure.response, "phase": error.failure.phase, "advice": error.failure.advice}
        case AccessDenied():
            return error.details
        case ChangeRefused():
            return {"info": {"response": error.said}, **_progress(error.done)}
        case ChangeCutShort():
            return _progress(error.done)
        case ChangeTimedOut():
            return {"ttl": error.ttl, **_progress(error.done)}
        case FlagsNotKept():
            return {"flags": list(error.flags)}
        case ServerRefused():
            return {"info": {"response": error.said}}
        case MessageMoved():
            stable = {} if error.stable_id is None else {"stableId": error.stable_id}
            return {**stable, "id": error.new_id}
        case InvalidFolder():
            return _fields([(error.key, error.message)])
        case UnsupportedSearchTerm():
            return {"key": error.key}
        case MissingExtension():
            return {"key": error.key, "extension": error.extension}
        case TimedOut() | RateLimitExceeded():
            return {"ttl": error.ttl}
        case SignInFailed():
            return error.report.details()
        case Unhealthy():
            return {"success": False, "reasons": error.reasons}
    return {}


def _progress(done: Done) -> Mapping[str, object]:
    """Return how far a change came."""
    progress: dict[str, object] = {"total": done.total, "done": done.done, "unsure": done.unsure}
    if done.copied:
        progress["copied"] = done.copied
    if done.moved:
        progress["idMap"] = [list(pair) for pair in done.moved]
    return {"progress": progress}


def _fields(problems: Iterable[tuple[str, str]]) -> Mapping[str, object]:
    """Return problems, as pairs of dotted path and message, in the form of an answer."""
    return {"fields": [{"message": message, "key": path, "path": path} for path, message in problems]}


def _headers(error: Exception) -> dict[str, str]:
    match error:
        case TokenRefused():
            return {"www-authenticate": 'Bearer realm="Postroom"'}
        case MethodNotAllowed():
            return {"allow": ", ".join(error.allowed)}
        case (
            StorageFailed()
            | NotConnected()
            | SessionFailed()
            | TooManyStreams()
            | TooManyStreamsOfToken()
            | TooManyWrongTokens()
            | RequestInFlight()
            | SubmissionUncertain()
        ):
            return {"retry-after": str(max(1, math.ceil(error.retry_after or 1.0)))}
        case RateLimitExceeded():
            return {**error.headers, "retry-after": str(error.ttl)}
        case Unhealthy():
            return {"retry-after": "1"}
        case RangeNotSatisfiable():
            return {"content-range": f"bytes */{error.total}"}
    return {}
