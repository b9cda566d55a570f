"""Shortcuts from octets to typed responses."""

from __future__ import annotations

from collections.abc import Iterable

from postroom.imap.limits import Limits
from postroom.imap.parsing.parse import parse_response
from postroom.imap.parsing.wire import RawResponse, ResponseReader
from postroom.imap.responses import FetchData, Response


def read_all(chunks: Iterable[bytes], limits: Limits | None = None) -> list[Response]:
    """Every response in `chunks`, read as soon as it is complete."""
    reader = ResponseReader(limits or Limits())
    found: list[Response] = []
    for chunk in chunks:
        reader.feed(chunk)
        while (raw := reader.next()) is not None:
            found.append(parse_response(raw, limits or Limits()))
    return found


def read_one(data: bytes) -> Response:
    """The one response in `data`."""
    (response,) = read_all([data])
    return response


def read_fetched(attributes: bytes) -> FetchData:
    """The FETCH response with `attributes` between its parentheses."""
    response = read_one(b"* 1 FETCH (" + attributes + b")\r\n")
    assert isinstance(response, FetchData)
    return response


def framed(data: bytes) -> RawResponse:
    """The one framed response in `data`."""
    reader = ResponseReader()
    reader.feed(data)
    raw = reader.next()
    assert raw is not None
    assert reader.pending == 0
    return raw
