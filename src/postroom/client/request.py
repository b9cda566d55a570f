"""One request to the API as a value: what is sent, what the answer is, and when it may be sent again. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Final, Generic, TypeAlias, TypeVar
from urllib.parse import quote

__all__ = [
    "IDEMPOTENCY_KEY",
    "AnswerKind",
    "ApiRequest",
    "QueryValue",
    "Repeat",
    "Unsendable",
    "Versioned",
    "made",
    "path",
]

T = TypeVar("T")

QueryValue: TypeAlias = str | int | bool | Enum | datetime | Iterable[str] | None
"""None is left out. Several texts become a parameter that is sent several times."""

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
_PATIENCE: Final = "X-EE-Timeout"
_ROOM: Final = 15.0
"""Seconds for which an answer is awaited longer than the server waits for a mail server."""


class Unsendable(ValueError):
    """A value cannot be sent as it is. Nothing was sent; the text names the place and not the value."""


class Repeat(Enum):
    """When a request may be sent again after a failure. Until then it is sent once.

    `ALWAYS`: two requests do what one does. `UNSTORED`: only if nothing was stored. `UNRECEIVED`: only if the server
    has not begun. `KEYED`: as ALWAYS, because the server knows the request again by its `Idempotency-Key`.
    """

    ALWAYS = "always"
    UNSTORED = "unstored"
    UNRECEIVED = "unreceived"
    KEYED = "keyed"


class AnswerKind(Enum):
    """The form of an answer: a JSON object, the same with its version, text, or octets."""

    JSON = "application/json"
    VERSIONED = "application/json; etag"
    TEXT = "text/*"
    OCTETS = "*/*"


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """An answer and its version, the `ETag`."""

    value: T
    version: str


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[T]):
    """A request whose answer is a T.

    `path` is encoded. `label` names the request in errors: it holds no secret. `timeout` is the least time in seconds
    that the answer is awaited.
    """

    method: str
    path: str
    label: str
    repeat: Repeat
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    kind: AnswerKind = AnswerKind.JSON
    timeout: float = 0.0

    @property
    def idempotency_key(self) -> str | None:
        """The name under which the server knows the request again."""
        return dict(self.headers).get(IDEMPOTENCY_KEY)


def path(template: str, *values: str) -> str:
    """Return a path with each `{}` of the template replaced by a value, encoded.

    Raises Unsendable for an empty value, `.` and `..`: the path would then be that of something else.
    """
    for value in values:
        if value in ("", ".", ".."):
            raise Unsendable(f"{value!r} cannot stand in {template}")
        _demand_unicode(value, template)
    return template.format(*(quote(value, safe="") for value in values))


def made(
    method: str,
    path: str,
    *,
    query: Mapping[str, QueryValue] | None = None,
    body: object = None,
    headers: Mapping[str, str | None] | None = None,
    repeat: Repeat | None = None,
    kind: AnswerKind = AnswerKind.JSON,
    patience: float | None = None,
    timeout: float = 0.0,
    label: str | None = None,
) -> ApiRequest[T]:
    """Return a request. `repeat` is by default ALWAYS, and UNSTORED for POST.

    `patience` is how many seconds the server waits for a mail server. Raises Unsendable.
    """
    sent = {name: value for name, value in (headers or {}).items() if value is not None}
    if patience is not None:
        sent[_PATIENCE] = str(round(patience * 1000))
        timeout = max(timeout, patience + _ROOM)
    octets = None
    if body is not None:
        text = json.dumps(body, default=_plain, ensure_ascii=False, separators=(",", ":"))
        _demand_unicode(text, "the body")
        octets = text.encode()
        sent["Content-Type"] = "application/json"
    for name, value in sent.items():
        if not (value and value.isascii() and value.isprintable() and value == value.strip()):
            raise Unsendable(f"{name} must be ASCII, not empty, and without control characters and blanks around it")
    return ApiRequest(
        method=method,
        path=path,
        label=label or f"{method} {path}",
        repeat=repeat or (Repeat.UNSTORED if method == "POST" else Repeat.ALWAYS),
        query=tuple(pair for name, value in (query or {}).items() for pair in _pairs(name, value)),
        body=octets,
        headers=tuple(sent.items()),
        kind=kind,
        timeout=timeout,
    )


def _pairs(name: str, value: QueryValue) -> list[tuple[str, str]]:
    if value is None:
        return []
    several = isinstance(value, Iterable) and not isinstance(value, str | Enum)
    texts = [str(each) for each in value] if several else [_text(value)]  # type: ignore[union-attr]
    for text in (name, *texts):
        _demand_unicode(text, "the query")
    return [(name, text) for text in texts]


def _demand_unicode(text: str, place: str) -> None:
    """Raise Unsendable for halves of surrogate pairs, such as Python makes of arguments that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unsendable(f"a text for {place} is not Unicode") from None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return _moment(value) if isinstance(value, datetime) else str(value)


def _plain(value: object) -> object:
    """Return what JSON has no form for as text: octets in base64, times in ISO 8601."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return _moment(value)
    raise TypeError(f"a {type(value).__name__} cannot be sent as JSON")


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time needs its time zone: datetime.now(UTC), not datetime.now()")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
