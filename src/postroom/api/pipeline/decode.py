"""Decodes a request: the JSON body within its limits, and the headers `If-Match` and `X-EE-Timeout`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

import orjson
from starlette.requests import Request

from postroom.api.pipeline.errors import BodyTooLarge, InvalidRequest, MalformedRequest, UnsupportedContent
from postroom.http.fields import sent_field
from postroom.schemas.checking.problems import FaultyField

_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_PATIENCE: Final = 15.0
_LONGEST_PATIENCE: Final = 7_200_000
_MOST_DEEP: Final = 100
"""Levels of objects and lists in a body. The checks go into each level, and Python allows them a few hundred."""

_ETAG: Final = re.compile(r'"([^"]*)"')


class BodyTally:
    """The size in octets and the SHA-256 of a body, taken while it arrives."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    def take(self, chunk: bytes) -> None:
        """Count a piece."""
        self.size += len(chunk)
        self._hash.update(chunk)

    @property
    def digest(self) -> str:
        """The hash in hex."""
        return self._hash.hexdigest()


def _ignore(_chunk: bytes) -> None:
    """Ignore it."""


async def read_json(request: Request, limit: int, *, optional: bool, seen: Callable[[bytes], None] = _ignore) -> Any:
    """Return the JSON body, `{}` for an empty one if it is `optional`. `limit` is in bytes.

    `[]` is empty too: PHP encodes an object without fields like that. `seen` is told of each piece as it arrives.

    Raises BodyTooLarge, UnsupportedContent, MalformedRequest.
    """
    raw = await _read(request, limit, seen)
    if not raw or raw.isspace():
        if optional:
            return {}
        raise MalformedRequest("The request has no body; it must be a JSON object")
    content_type = sent_field(request.scope, b"content-type")
    if content_type is not None and not _JSON.fullmatch(content_type.strip()):
        raise UnsupportedContent("The body must be JSON; send it with Content-Type: application/json")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        # The error's text may quote the body, so only its position is repeated.
        raise MalformedRequest(f"The body is not valid JSON: see line {error.lineno}, column {error.colno}") from None
    if raw.count(b"{") + raw.count(b"[") > _MOST_DEEP:
        _check_depth(body)
    return {} if optional and body == [] else body


def _check_depth(body: object) -> None:
    layer = [body]
    for _ in range(_MOST_DEEP):
        layer = [
            inner
            for each in layer
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return
    raise MalformedRequest(f"The body is nested more than {_MOST_DEEP} levels deep")


async def _read(request: Request, limit: int, seen: Callable[[bytes], None]) -> bytearray:
    announced = sent_field(request.scope, b"content-length") or ""
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    # A large body is in memory once: a list of its pieces, joined in the end, would hold it twice.
    body = bytearray()
    # The server limits the time that a body may take.
    async for chunk in request.stream():
        if len(body) + len(chunk) > limit:
            raise _too_large(limit)
        seen(chunk)
        body += chunk
    return body


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than the {limit} bytes that are accepted")


def if_match(request: Request) -> str | None:
    """Return the tag that `If-Match` demands; None without the header or for `*` (RFC 9110 section 13.1.1).

    A tag that this API never made is returned as "", which matches nothing.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    found = _ETAG.fullmatch(header.strip())
    if found is None and "," in header:
        raise InvalidRequest([FaultyField("If-Match", '"If-Match" must be one entity tag, as GET gives it in ETag')])
    return found[1] if found else ""


def patience_of(request: Request) -> float:
    """Return the seconds that the caller waits for a mail server: `X-EE-Timeout` in milliseconds; 15 s without it.

    Raises InvalidRequest.
    """
    header = request.headers.get("x-ee-timeout", "").strip()
    if not header or header == "0":
        return _PATIENCE
    if not (header.isascii() and header.isdecimal()) or len(header) > 10 or int(header) > _LONGEST_PATIENCE:
        words = f'"X-EE-Timeout" must be a number of milliseconds from 0 to {_LONGEST_PATIENCE}'
        raise InvalidRequest([FaultyField("X-EE-Timeout", words)])
    return int(header) / 1000
