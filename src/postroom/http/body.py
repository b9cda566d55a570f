"""Reads the body of an HTTP answer to its end, in any number of segments, and parses the document in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import orjson

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

if TYPE_CHECKING:
    import aiohttp

__all__ = ["AnswerTooLarge", "Body", "read_body"]

_PIECE: Final = 16 * 1024
_BOM: Final = b"\xef\xbb\xbf"
_FORM: Final = "application/x-www-form-urlencoded"
# Content types that servers also give for forms.
_PERHAPS_FORM: Final = frozenset({_FORM, "text/plain", "text/html", "application/octet-stream", ""})


class AnswerTooLarge(Permanent):
    """The body is larger than the caller wants to read."""

    code = "EMSGSIZE"


@dataclass(frozen=True, slots=True)
class Body:
    """A body as received. `whole` is False when it broke off: too few bytes, a broken chunk, a lost connection."""

    data: bytes = field(repr=False)
    whole: bool = True
    content_type: str = ""

    def document(self, *, forms: bool = False) -> Mapping[str, object] | None:
        """Return the JSON object, None when there is none. A complete object counts even if `whole` is False.

        With `forms`, an OAuth 2.0 answer in the form format is returned as an object of strings.
        """
        try:
            read = orjson.loads(self.data.removeprefix(_BOM))
        except orjson.JSONDecodeError:
            return self._form() if forms and self.whole else None
        return read if isinstance(read, dict) else None

    def _form(self) -> Mapping[str, object] | None:
        if self.content_type not in _PERHAPS_FORM:
            return None
        try:
            read = dict(parse_qsl(self.data.removeprefix(_BOM).decode().strip(), strict_parsing=True))
        except ValueError:
            return None
        return read if "access_token" in read or "error" in read else None


async def read_body(response: aiohttp.ClientResponse, largest: int) -> Body:
    """Return the body. The limit `largest` applies to the decompressed bytes, which can be many more than were sent.

    Raises BodyTooLarge. The caller bounds the time.
    """
    # Imported here, because it takes 8 MiB that gateways without HTTP requests do not need.
    from aiohttp import ClientError

    data = bytearray()
    ending = _Ending(response.content)
    ending.watch(response)
    try:
        async for piece in response.content.iter_chunked(_PIECE):
            data += piece
            if len(data) > largest:
                response.close()
                raise AnswerTooLarge(f"The answer is larger than {largest // 1024} KiB")
    except (ClientError, OSError) as error:
        if isinstance(error, TimeoutError):
            raise
        ending.broke_off = True
    content_type = response.content_type.lower() if "Content-Type" in response.headers else ""
    return Body(bytes(data), not ending.broke_off, content_type)


class _Ending:
    """Ends a body when its connection closes: after a broken chunk, aiohttp closes it but would wait for more."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content
        self.broke_off = False

    def watch(self, response: aiohttp.ClientResponse) -> None:
        protocol = response.connection.protocol if response.connection is not None else None
        closed = protocol.closed if protocol is not None else None
        if closed is not None:
            closed.add_done_callback(self._end)

    def _end(self, closed: asyncio.Future[None]) -> None:
        if not closed.cancelled():
            # Retrieved, so that asyncio does not report it as never retrieved.
            closed.exception()
        if not self._content.is_eof() and self._content.exception() is None:
            self.broke_off = True
            self._content.feed_eof()
