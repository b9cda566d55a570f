"""The errors of the client. Each says what was asked, what came of it, and what to do. Pure.

ApiError                    .status, .code, .message, .fields, .advice, .request, .retry_after, .details
├── InvalidRequest          400, 405, 413, 415, 416, 422: what was sent cannot be accepted; `fields` says what is wrong
├── TokenRefused            401: the token is missing, wrong or expired
├── Forbidden               403: the token may not do this
├── NotFound                404
├── Conflict                409, 412: it clashes with what is there, or with another request
├── Gone                    410: it was there and is no longer kept
├── TooMany                 429: ask again after `retry_after` seconds
├── Unavailable             503: it cannot be done now
├── MailServerFailed        502, 504: the mail server refused, or did not answer in time
├── ServerFault             500: a fault of Postroom's, logged there under `details["incident"]`
├── Unreachable             no answer came: `was_begun` says whether the server may have begun
└── UnknownAnswer           what answered is not Postroom, or not as this client knows it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ApiError",
    "Conflict",
    "FieldFault",
    "Forbidden",
    "Gone",
    "InvalidRequest",
    "MailServerFailed",
    "NotFound",
    "ServerFault",
    "TokenRefused",
    "TooMany",
    "Unavailable",
    "UnknownAnswer",
    "Unreachable",
    "error_class",
]


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of a request; `key` is its dotted path, such as `imap.port`."""

    key: str
    message: str


class ApiError(Exception):
    """A request that did not succeed.

    `status` is the HTTP status, None without an answer. `code` is stable, for programs. `message` is for people.
    `request` is the method and the path. `details` are all members of the answer. `idempotency_key` is that of a
    submission: to submit again with it does not send twice.
    """

    def __init__(
        self,
        message: str,
        *,
        request: str,
        status: int | None = None,
        code: str = "",
        fields: tuple[FieldFault, ...] = (),
        advice: str = "",
        retry_after: float | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.request = request
        self.status = status
        self.code = code
        self.fields = fields
        self.advice = advice
        self.retry_after = retry_after
        self.details: Mapping[str, object] = details or {}
        self.idempotency_key: str | None = None

    def __str__(self) -> str:
        known = [fault.message for fault in self.fields if fault.message not in self.message]
        said = "; ".join([self.message.rstrip("."), *known])
        answer = " ".join(str(each) for each in (self.status, self.code) if each)
        advice = f". {self.advice}" if self.advice else ""
        return f"{self.request}: {said}{f' ({answer})' if answer else ''}{advice}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class InvalidRequest(ApiError):
    """What was sent cannot be accepted: `fields` says what is wrong with which field."""


class TokenRefused(ApiError):
    """The token is missing, wrong or expired."""


class Forbidden(ApiError):
    """The token may not do this."""


class NotFound(ApiError):
    """There is no such thing."""


class Conflict(ApiError):
    """The request clashes with what is there, or with another request."""


class Gone(ApiError):
    """It was there and is no longer kept. For events, `oldest` is the cursor from which all events are kept."""

    @property
    def oldest(self) -> int | None:
        """The cursor to continue with once the accounts were read anew; None when it is not about events."""
        oldest = self.details.get("oldest")
        return oldest if isinstance(oldest, int) else None


class TooMany(ApiError):
    """There are too many requests, connections or streams. Ask again after `retry_after` seconds."""


class Unavailable(ApiError):
    """It cannot be done now: the database, the account or the mail server is not ready."""


class MailServerFailed(ApiError):
    """The mail server refused, broke off, or did not answer in time."""


class ServerFault(ApiError):
    """A fault of Postroom's. Its log has more, under the number in `details["incident"]`."""


class Unreachable(ApiError):
    """No answer came. If `was_begun`, the server may have done what was asked: look before you ask again."""

    def __init__(self, message: str, *, request: str, was_begun: bool, code: str = "Unreachable") -> None:
        super().__init__(message, request=request, code=code)
        self.was_begun = was_begun


class UnknownAnswer(ApiError):
    """What answered is not Postroom, or not a version that this client knows."""


_CLASSES: Final[Mapping[int, type[ApiError]]] = {
    **dict.fromkeys((400, 405, 408, 413, 414, 415, 416, 422, 431), InvalidRequest),
    401: TokenRefused,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    410: Gone,
    429: TooMany,
    500: ServerFault,
    502: MailServerFailed,
    503: Unavailable,
    504: MailServerFailed,
}


def error_class(status: int, *, is_ours: bool) -> type[ApiError]:
    """Return the class for a status. An answer that is not ours comes from a proxy before Postroom."""
    if not is_ours:
        return {429: TooMany, 502: Unavailable, 503: Unavailable, 504: Unavailable}.get(status, UnknownAnswer)
    return _CLASSES.get(status, ApiError)
