"""Asks an EmailEngine over its API: one request after the other, with a token, patient with a server that is busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Final, cast
from urllib.parse import urlsplit

import httpx

from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.moving.inventory import Document
from postroom.words.strangers import Secrets, take_in

__all__ = ["EmailEngine", "NotTaken", "NothingThere", "SourceFailed", "open_source"]

_TIMEOUT: Final = 60.0
_PAGE: Final = 1000
_BUSY: Final = (429, 502, 503, 504)
_TRIES: Final = 6
_LONGEST_PAUSE: Final = 30.0


class SourceFailed(PostroomError):
    """The EmailEngine did not give what was asked. The text says which request failed, and what to do."""

    code = "SourceFailed"


class NothingThere(SourceFailed):
    """The EmailEngine answered 404."""

    code = "NothingThere"


class NotTaken(SourceFailed):
    """The EmailEngine answered 400: it does not know something in the request."""

    code = "NotTaken"


@dataclass(frozen=True, slots=True)
class EmailEngine:
    """An EmailEngine. `pause` waits for so many seconds before a request is tried again."""

    http: httpx.Client
    secrets: Secrets
    pause: Callable[[float], None] = field(default=time.sleep)

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Document:
        """Return the JSON object at a path. Raises SourceFailed, NothingThere."""
        answer = self._answer(path, query or {})
        if answer.status_code == 404:
            raise NothingThere(f"EmailEngine has nothing at {path}.")
        if answer.status_code in (401, 403):
            raise SourceFailed(
                f"EmailEngine refused the token for GET {path} ({answer.status_code}): {self._said(answer)}. "
                "Make a token with full access in its Access Tokens."
            )
        if answer.status_code != 200:
            failed = NotTaken if answer.status_code == 400 else SourceFailed
            raise failed(f"EmailEngine answered GET {path} with {answer.status_code}: {self._said(answer)}.")
        return self._object(answer, path)

    def pages(self, path: str) -> Iterator[Document]:
        """Yield the answers of a list, page by page. Raises SourceFailed, NothingThere."""
        page, pages = 0, 1
        while page < pages:
            answer = self.get(path, {"page": page, "pageSize": _PAGE})
            yield answer
            said = answer.get("pages")
            pages, page = said if isinstance(said, int) else 1, page + 1

    def _answer(self, path: str, query: Mapping[str, str | int]) -> httpx.Response:
        for tried in range(_TRIES):
            try:
                answer = self.http.get(path, params=dict(query))
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                raise SourceFailed(
                    f"EmailEngine could not be asked (GET {path}): {take_in(str(error) or type(error).__name__)}. "
                    f"Check its address, {self.http.base_url.copy_with(userinfo=b'')}."
                ) from error
            if answer.status_code not in _BUSY or tried == _TRIES - 1:
                break
            self.pause(_asked_pause(answer, tried))
        return answer

    def _object(self, answer: httpx.Response, path: str) -> Document:
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, Mapping):
            raise SourceFailed(f"The answer to GET {path} is not JSON: is this the address of an EmailEngine?")
        return cast("Document", value)

    def _said(self, answer: httpx.Response) -> str:
        try:
            body = answer.json()
        except ValueError:
            body = None
        said = body.get("message") if isinstance(body, Mapping) else None
        return take_in(str(said or answer.reason_phrase), self.secrets).rstrip(".")


def open_source(url: str, token: str, *, pause: Callable[[float], None] = time.sleep) -> EmailEngine:
    """Return an EmailEngine to ask; close its `http` when done. `url` is its address without `/v1`."""
    address = url.rstrip("/").removesuffix("/v1")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError
        http = httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT)
    except (httpx.InvalidURL, ValueError):
        raise SourceFailed(
            "The address or the token of the EmailEngine cannot be used: give an address such as "
            "https://emailengine.example.com and the token as it was shown."
        ) from None
    return EmailEngine(http, Secrets.of(token), pause)


def _asked_pause(answer: httpx.Response, tried: int) -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said) if said.isascii() and said.isdigit() else 2.0**tried, _LONGEST_PAUSE)
