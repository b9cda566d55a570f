"""An HTTP server in a thread that gives each request the next reply of a script, for clients that block and others.

with ScriptedHttp(reply(503, b"{}", "Retry-After: 0"), HANGS_UP, reply(200, b"{}")) as server:
    ...
assert [each.split(b" ", 1)[0] for each in server.requests] == [b"GET", b"GET", b"GET"]
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Self

HANGS_UP: Final = b""
"""No reply: the connection ends once the request is there."""


class ScriptedHttp:
    """Answers the n-th request with the n-th reply, and all later ones with the last. `requests` are their octets.

    A reply that does not promise its length, or promises more, ends with its connection.
    """

    def __init__(self, *replies: bytes, tls: ssl.SSLContext | None = None) -> None:
        self._replies = list(replies)
        self.requests: list[bytes] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._ended = False
        self._listening = threading.Thread(target=self._listen, daemon=True)
        if tls is not None:
            self._listener = tls.wrap_socket(self._listener, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        # The next server may get the number of a closed socket. A thread about to accept would take its clients.
        self._listening.join(10)
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self) -> None:
        while not self._ended:
            # A client that does not trust the certificate ends its connection while it is accepted.
            with suppress(OSError):
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while head := _head(stream.readline):
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = stream.read(int(lengths[0].split(b":")[1])) if lengths else b""
                with self._lock:
                    self.requests.append(head + body)
                    reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
                connection.sendall(reply)
                if not _is_whole(reply):
                    connection.shutdown(socket.SHUT_RDWR)
                    return


def reply(status: int, body: bytes | dict[str, object] = b"", *headers: str) -> bytes:
    """A whole reply; a body that is an object is sent as JSON."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(octets)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + octets


def refusal(status: int, code: str, *headers: str, **more: object) -> bytes:
    """An error as Postroom answers it."""
    body = {"error": code, "message": f"This is {code}", "code": code, "statusCode": status, **more}
    return reply(status, body, *headers)


def stream(*blocks: str) -> bytes:
    """A stream of events that ends after these blocks."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
    return (head + "".join(f"{block}\n\n" for block in blocks)).encode()


def _head(readline: Callable[[], bytes]) -> bytes:
    lines = []
    while line := readline():
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _is_whole(reply: bytes) -> bool:
    head, _, body = reply.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")]
    return bool(lengths) and int(lengths[0].split(b":")[1]) == len(body)
