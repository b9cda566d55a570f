"""The process beside the tests, seen from them: it is started once, and gives each test a stage of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from typing import IO, Any, Final

import httpx

from postroom.footprint.dataclass import dataclass

__all__ = [
    "BesideFailed",
    "HandedIn",
    "ProcessBeside",
    "SandboxPorts",
    "StageBeside",
    "TakenWebhook",
    "async_direct",
    "direct",
    "process_beside",
]

_TIMEOUT: Final = 60.0
_LAST_WORDS: Final = 5.0
_MOST_TOLD: Final = 64 * 1024
_PROGRAM: Final = (sys.executable, "-m", "postroom.testing.process")


class BesideFailed(Exception):
    """The process beside the tests does not run. The text has its last lines."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A message as it was handed in over SMTP."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TakenWebhook:
    """A webhook as it arrived; the names of the headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class SandboxPorts:
    """Where the servers of a mailbox listen."""

    host: str
    imap: int
    smtp: int


@dataclass(frozen=True, slots=True)
class StageBeside:
    """A gateway with an empty database and its servers. `token` has all rights, and `hook` receives webhooks."""

    http: httpx.Client
    name: str
    url: str
    token: str = field(repr=False)

    @property
    def hook(self) -> str:
        """The URL that receives webhooks."""
        return str(self.http.base_url.join(f"/stages/{self.name}/hook"))

    def open_mailbox(self, user: str, password: str) -> SandboxPorts:
        """Open a mailbox with the usual folders. Raises BesideFailed."""
        answer = _asked(self.http, "POST", f"/stages/{self.name}/mailboxes", {"user": user, "password": password})
        return SandboxPorts(answer["host"], answer["imapPort"], answer["smtpPort"])

    def sent(self) -> list[HandedIn]:
        """Return the messages that were handed in over SMTP, oldest first. Raises BesideFailed."""
        found: Sequence[Mapping[str, Any]] = _asked(self.http, "GET", f"/stages/{self.name}/sent")
        return [
            HandedIn(each["sender"], tuple(each["recipients"]), base64.b64decode(each["content"])) for each in found
        ]

    def webhooks(self) -> list[TakenWebhook]:
        """Return the webhooks that were received, oldest first. Raises BesideFailed."""
        found: Sequence[Mapping[str, Any]] = _asked(self.http, "GET", f"/stages/{self.name}/webhooks")
        return [TakenWebhook(each["headers"], base64.b64decode(each["body"])) for each in found]

    def close(self) -> None:
        """End it. Raises BesideFailed."""
        _asked(self.http, "DELETE", f"/stages/{self.name}")


@dataclass(slots=True)
class ProcessBeside:
    """The running process. `_errors` is the file to which it logs."""

    http: httpx.Client
    _process: subprocess.Popen[str]
    _errors: IO[bytes]
    _told: int = 0

    def open_stage(self) -> StageBeside:
        """Open a stage. Raises BesideFailed."""
        try:
            answer = _asked(self.http, "POST", "/stages")
        except BesideFailed as error:
            # A gateway that cannot start ends the process, which then says why.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_WORDS)
            raise BesideFailed(f"{error}\n{self.new_lines()}") from None
        return StageBeside(self.http, answer["stage"], answer["url"], answer["token"])

    def new_lines(self) -> str:
        """Return what the process logged since the last call: warnings and errors."""
        # The process writes to the same open file, so nothing may move its position.
        told = os.pread(self._errors.fileno(), _MOST_TOLD, self._told)
        self._told += len(told)
        return told.decode(errors="replace")


def direct() -> httpx.BaseTransport:
    """Return a way to the gateway that no proxy of the environment is on."""
    return httpx.HTTPTransport()


def async_direct() -> httpx.AsyncBaseTransport:
    """Return the same for asyncio."""
    return httpx.AsyncHTTPTransport()


@contextmanager
def process_beside(program: Sequence[str] = _PROGRAM) -> Iterator[ProcessBeside]:
    """Run the process. It ends with this process, however that ends. Raises BesideFailed."""
    with tempfile.TemporaryFile() as errors, httpx.Client(timeout=_TIMEOUT, trust_env=False) as http:
        process = subprocess.Popen(  # noqa: S603 - a program of our own
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            # Ctrl-C is for the tests. The process ends when they do.
            start_new_session=True,
        )
        beside = ProcessBeside(http, process, errors)
        try:
            http.base_url = _control_url(process, beside)
            yield beside
        finally:
            http.close()
            _end(process)


def _control_url(process: subprocess.Popen[str], beside: ProcessBeside) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(_TIMEOUT)
        raise BesideFailed(f"The gateway for the tests did not start:\n{beside.new_lines()}")
    return str(json.loads(line)["control"])


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _asked(http: httpx.Client, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
    try:
        answer = http.request(method, path, json=body)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise BesideFailed(f"The gateway for the tests does not answer ({method} {path}): {error}") from error
    return answer.json()
