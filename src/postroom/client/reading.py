"""Reads answers: from status, headers and octets to a value, or to the error that it stands for. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar, cast

from postroom.client.errors import ApiError, FieldFault, UnknownAnswer, error_class
from postroom.client.request import AnswerKind, ApiRequest, Versioned
from postroom.words.strangers import Secrets, take_in, take_in_code

__all__ = ["demand_stream", "error_of", "json_object", "value_of"]

T = TypeVar("T")
_LONGEST_WAIT: Final = 86_400.0


def value_of(request: ApiRequest[T], headers: Mapping[str, str], content: bytes) -> T:
    """Return the value of a successful answer. Raises UnknownAnswer."""
    match request.kind:
        case AnswerKind.OCTETS:
            return cast("T", content)
        case AnswerKind.TEXT:
            return cast("T", content.decode(errors="replace"))
    value = json_object(content)
    if value is None:
        message = "The answer is not JSON as Postroom sends it. Is this the address of Postroom's API?"
        raise UnknownAnswer(message, request=request.label, status=200)
    return cast("T", Versioned(value, headers.get("etag", "")) if request.kind is AnswerKind.VERSIONED else value)


def demand_stream(request: ApiRequest[T], headers: Mapping[str, str]) -> None:
    """Raise UnknownAnswer if the answer is no stream of events."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "text/event-stream":
        raise UnknownAnswer("The answer is no stream of events", request=request.label, status=200)


def error_of(
    label: str, status: int, headers: Mapping[str, str], content: bytes, secrets: Secrets, now: datetime
) -> ApiError:
    """Return the error of an answer without success. Words of others are made fit to be shown."""
    retry_after = _seconds(headers.get("retry-after"), now)
    body = json_object(content)
    code = body.get("code") if body is not None else None
    if body is None or not isinstance(code, str):
        return _foreign(label, status, headers.get("location"), retry_after)
    return error_class(status, is_ours=True)(
        take_in(_text(body.get("message")) or f"Postroom answered {status}", secrets),
        request=label,
        status=status,
        code=take_in_code(code, secrets) or "",
        fields=_fields(body.get("fields"), secrets),
        advice=take_in(_text(body.get("advice")), secrets),
        retry_after=retry_after,
        details=body,
    )


def _foreign(label: str, status: int, location: str | None, retry_after: float | None) -> ApiError:
    if 300 <= status < 400 or location:
        message = "The answer leads to another address. Give the client the address of Postroom itself"
    else:
        message = "Something between this program and Postroom answered, such as a proxy"
    return error_class(status, is_ours=False)(message, request=label, status=status, retry_after=retry_after)


def _fields(found: object, secrets: Secrets) -> tuple[FieldFault, ...]:
    members = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return tuple(
        FieldFault(take_in(_text(each.get("key")), secrets), take_in(_text(each.get("message")), secrets))
        for each in members
    )


def json_object(content: bytes | str) -> dict[str, object] | None:
    """Return the object that a JSON text is, None if it is none."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _seconds(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header (RFC 9110 section 10.2.3), at most a day; None if not valid."""
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), _LONGEST_WAIT)
