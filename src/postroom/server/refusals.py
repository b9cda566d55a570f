"""What the door refuses and why: the one place that chooses the status for what never became a request. Pure.

RFC 9110 section 15 and RFC 6585 define the statuses. After each of them the connection is closed.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from postroom.errors import Permanent

__all__ = ["Refused", "answer_to", "malformed"]


class Refused(Permanent):
    """A connection, or the start of a request, that is not served; `status` is the HTTP status of the answer."""

    def __init__(self, status: HTTPStatus, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, code=code, retry_after=retry_after)
        self.status = status


def malformed(message: str) -> Refused:
    """The octets are not an HTTP/1.1 request."""
    return Refused(HTTPStatus.BAD_REQUEST, "MalformedRequest", message)


def long_line(most: int) -> Refused:
    """The request line has no end within the limit."""
    message = f"The request line is longer than the {most} bytes that are accepted"
    return Refused(HTTPStatus.REQUEST_URI_TOO_LONG, "UriTooLong", message)


def large_head(message: str) -> Refused:
    """There are too many header or trailer fields, or they are too long."""
    return Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "HeadersTooLarge", message)


def large_body(most: int) -> Refused:
    """A chunk announces more than a whole body may have."""
    message = f"The body is larger than the {most} bytes that are accepted"
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "PayloadTooLarge", message)


def late(what: str, seconds: float) -> Refused:
    """The head or the body did not arrive in time."""
    return Refused(
        HTTPStatus.REQUEST_TIMEOUT, "RequestTimeout", f"The {what} did not arrive within {seconds:g} seconds"
    )


def unknown(message: str) -> Refused:
    """A method, transfer coding or protocol that is not supported."""
    return Refused(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", message)


def other_version() -> Refused:
    """HTTP/2 without TLS, or an unknown version."""
    message = "This port speaks HTTP/1.1 only"
    return Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "VersionNotSupported", message)


def crowded_address(most: int) -> Refused:
    """One client has too many connections."""
    message = (
        f"{most} connections from this address are open already (POSTROOM_MAX_CONNECTIONS_PER_ADDRESS). "
        "Close one, or try again later."
    )
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, "TooManyConnections", message, retry_after=1.0)


def crowded() -> Refused:
    """All clients together have too many connections."""
    message = "Too many connections are open (POSTROOM_MAX_CONNECTIONS, or the limit of open files). Try again later."
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "TooManyConnections", message, retry_after=1.0)


def crowded_heads() -> Refused:
    """All clients together have sent too many octets of incomplete heads."""
    message = "Too many requests are incomplete. Try again later."
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "TooManyPartialRequests", message, retry_after=1.0)


TLS: Final = malformed("This port speaks HTTP without TLS: ask for http://, or put a proxy for TLS before it")


def answer_to(refused: Refused, body: bytes) -> bytes:
    """Return the complete HTTP answer; `body` is JSON."""
    lines = [
        f"HTTP/1.1 {refused.status.value} {refused.status.phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "connection: close",
    ]
    if refused.retry_after is not None:
        lines.append(f"retry-after: {refused.retry_after:g}")
    return "\r\n".join([*lines, "", ""]).encode() + body
