"""An EmailEngine to move from: its read-only API over HTTP, with secrets masked as the real one masks them.

with FakeEmailEngine(accounts=[…]) as engine:
    read_api(engine.url, engine.token)
    assert "/v1/accounts" in engine.asked
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

MASK = "******"
TOKEN = "f" * 64
_SECRET_NAMES = ("pass", "accessToken", "refreshToken", "clientSecret", "serviceKey")
_SHOWN_AS_FLAG = ("serviceSecret",)
_LISTS = ("templates", "gateways", "blocklists", "tokens", "outbox")


class FakeEmailEngine:
    """Serves what it is given. `unknown_settings` are refused with 400. `busy` requests are answered 429 first.

    `forbidden` paths are answered 403, and `gone` accounts are in the list and no longer there.
    """

    def __init__(
        self,
        *,
        accounts: Sequence[Mapping[str, Any]] = (),
        apps: Sequence[Mapping[str, Any]] = (),
        settings: Mapping[str, Any] | None = None,
        routes: Sequence[Mapping[str, Any]] = (),
        totals: Mapping[str, int] | None = None,
    ) -> None:
        self.accounts = {str(each["account"]): each for each in accounts}
        self.apps = {str(each["id"]): each for each in apps}
        self.settings = settings or {}
        self.routes = routes
        self.totals = totals or {}
        self.token = TOKEN
        self.unknown_settings: set[str] = set()
        self.forbidden: set[str] = set()
        self.gone: set[str] = set()
        self.busy = 0
        self.largest_page = 1000
        self.asked: list[str] = []
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = engine.answer(self.path, self.headers.get("Authorization", ""))
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status == 429:
                    self.send_header("Retry-After", "7")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, target: str, authorization: str) -> tuple[int, Any]:
        """The status and the body of the answer to a GET."""
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.asked.append(parts.path)
        if authorization != f"Bearer {self.token}":
            return _failed(401, "Unauthorized", "Bad token")
        if self.busy > 0:
            self.busy -= 1
            return _failed(429, "Too Many Requests", "Rate limit exceeded")
        if parts.path in self.forbidden:
            return _failed(403, "Forbidden", "Unauthorized permission")
        return self._found(parts.path, query)

    def _found(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        *_, kind, name = ("", "", *path.removeprefix("/v1/").split("/", 1))[-2:]
        if path == "/v1/accounts":
            listed = [{"account": each, "state": "connected"} for each in sorted(self.accounts)]
            return 200, _page("accounts", listed, query, self.largest_page) | {"query": False, "state": "*"}
        if kind == "account":
            known = self.accounts.get(unquote(name))
            there = known is not None and unquote(name) not in self.gone
            return (200, masked(known)) if there else _failed(404, "Not Found", "Account record was not found")
        if path == "/v1/oauth2":
            return 200, _page("apps", [masked(each) for each in self.apps.values()], query)
        if kind == "oauth2":
            return 200, masked(self.apps[unquote(name)])
        if path == "/v1/settings":
            return self._settings(query)
        if path == "/v1/webhookRoutes":
            return 200, _page("webhookRoutes", list(self.routes), query)
        if name in _LISTS:
            total = self.totals.get(name, 0)
            return 200, {"total": total, "page": 0, "pages": total, name: []}
        return _failed(404, "Not Found", "Requested page not found")

    def _settings(self, query: Mapping[str, str]) -> tuple[int, Any]:
        if refused := self.unknown_settings & query.keys():
            fields = [{"message": f'"{name}" is not allowed', "key": name} for name in sorted(refused)]
            return 400, {"statusCode": 400, "error": "Bad Request", "message": "Invalid input", "fields": fields}
        shown = {name: masked(self.settings.get(name)) for name in query}
        return 200, {name: bool(value) if name in _SHOWN_AS_FLAG and value else value for name, value in shown.items()}


def masked(value: Any, name: str = "") -> Any:
    """Return a document as the API shows it: secrets, credentials in URLs and values of headers are six asterisks."""
    if isinstance(value, Mapping):
        return {key: masked(member, str(key)) for key, member in value.items()}
    if name == "webhooksCustomHeaders":
        return [{**header, "value": MASK if header.get("value") else ""} for header in value]
    if isinstance(value, list):
        return [masked(each) for each in value]
    if isinstance(value, str) and value and name in _SECRET_NAMES:
        return MASK
    if isinstance(value, str) and "://" in value and (parts := urlsplit(value)).username is not None:
        return parts._replace(netloc=f"{MASK}:{MASK}@{parts.netloc.rpartition('@')[2]}").geturl()
    return copy.copy(value)


def _page(name: str, items: list[Any], query: Mapping[str, str], largest: int = 1000) -> dict[str, Any]:
    page, size = int(query.get("page", 0)), min(int(query.get("pageSize", 20)), largest)
    pages = -(-len(items) // size)
    return {"total": len(items), "page": page, "pages": pages, name: items[page * size : (page + 1) * size]}


def _failed(status: int, reason: str, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"statusCode": status, "error": reason, "message": message}


def exported(accounts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the command `export` prints for each account: the record with its secrets."""
    for account in accounts:
        yield json.dumps(account, indent=2)
