"""One gateway as its users meet it: the real `postroom serve` in a process of its own, its API, and its sudden death.

gateway = Gateway(tmp_path)                        # SQLite; or Gateway(tmp_path, database_url=postgres_url)
async with gateway:
    await gateway.register("a", imap(server, "a"))
    await gateway.reaches("a", "connected")
    await gateway.restart()                        # SIGKILL, and up again on the same data
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, Protocol, Self
from urllib.parse import quote

import aiohttp

from tests.cli.postroom_program import Program, running
from tests.fakes.certificates import server_certificate
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.loop_probe import LoopProbe

TOKEN = "the token of these tests"
# Every wait of the gateway is short here, so that what takes minutes in production takes seconds. Time limits are not:
# a busy machine must not look like a dead server.
FAST = {
    "token": TOKEN,
    "secret": "the secret of these tests",
    "log_level": "debug",
    "retry_min": "0.1",
    "retry_max": "0.8",
    "stable_after": "2",
    "auth_retry_delays": "2,300",
    "idle_renewal": "1.5",
    "poll_interval": "0.3",
    "connect_timeout": "20",
    "tls_timeout": "20",
    "greeting_timeout": "20",
    "command_timeout": "20",
    "shutdown_timeout": "5",
    "logins_per_host": "200",
    "logins_total": "400",
}
PATIENCE = 60.0
"""Seconds within which anything must happen, on a machine that has other things to do as well."""

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class MailServer(Protocol):
    """What an account needs to know of a mail server."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...


def imap(server: MailServer, user: str, password: str = "pass", **more: Any) -> dict[str, Any]:
    """The `imap` block of an account on a server of the tests; `more` replaces or adds fields."""
    auth = {"user": user, "pass": password}
    return {"host": server.host, "port": server.port, "secure": False, "auth": auth, **more}


@dataclass(frozen=True)
class Answer:
    """What the API answered; `body` is its JSON, or its text when it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Gateway:
    """One `postroom serve`. Everything it writes to the terminal, over all its lives, is in `log`."""

    def __init__(
        self, folder: Path, probe: LoopProbe | None = None, *, open_files: int | None = None, **settings: str | None
    ) -> None:
        """`settings` replace or add some of FAST; None takes one away. `probe` is put into its event loop.

        `open_files` is its hard limit of them.
        """
        self.folder = folder
        self._probe = probe
        self._open_files = open_files
        wanted = {**FAST, "ca_file": str(_authority(folder)), **settings}
        self._settings = {name: value for name, value in wanted.items() if value is not None}
        self._life: ExitStack | None = None
        self._program: Program | None = None
        self._past_lines: list[str] = []
        self.url = ""
        self._started = ""
        self.registered: set[str] = set()

    # Life

    async def start(self) -> None:
        """Start, and wait until the API answers."""
        self._life = ExitStack()
        self._started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        special: dict[str, Any] = {**self._settings, "open_files": self._open_files}
        if self._probe is not None:
            special |= {"program": self._probe.program, "environment": self._probe.environment}
        start = running(self.folder, "serve", "--port", "0", loaded=True, **special)
        self._program = self._life.enter_context(start)
        try:
            ready = await asyncio.to_thread(self._program.wait_for, r"ready at (http://\S+)")
        except BaseException:
            await self.kill()
            raise
        self.url = ready.group(1)

    async def kill(self) -> None:
        """End it with SIGKILL: it gets no chance to finish anything."""
        if self._life is not None:
            life, self._life = self._life, None
            await asyncio.to_thread(life.close)
            self._remember()

    async def terminate(self) -> int:
        """Ask it to stop with SIGTERM; return its exit status."""
        assert self._program is not None
        status = await asyncio.to_thread(self._program.stop)
        await self.kill()
        return status

    async def restart(self) -> None:
        """SIGKILL, and up again on the same data."""
        await self.kill()
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._program is not None
        return self._program.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._program is not None and self._program.process.poll() is None

    @property
    def log(self) -> list[str]:
        """All lines it wrote, to standard output and standard error."""
        current = [] if self._life is None or self._program is None else self._program.output + self._program.errors
        return self._past_lines + current

    def cpu_seconds(self) -> float:
        """Processor time used by the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    def memory(self) -> int:
        """Bytes of memory that the process has in use."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))

    def forget_peak_memory(self) -> None:
        """Have `peak_memory` begin anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def peak_memory(self) -> int:
        """The most bytes of memory that the process has had in use since that was last forgotten."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))

    # API

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request with the token, whatever its answer will be."""
        sent = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
        # aiohttp wants large bodies as files.
        octets = BytesIO(json.dumps(body).encode())
        data = None if body is None else aiohttp.BytesIOPayload(octets, content_type="application/json")
        async with aiohttp.request(method, self.url + path, data=data, headers=sent) as response:
            is_json = response.content_type == "application/json"
            return Answer(response.status, await (response.json() if is_json else response.text()), response.headers)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed; return the body of the answer."""
        answer = await self.call(method, path, body)
        assert answer.status == 200, answer
        return answer.body

    async def register(self, account: str, imap: Mapping[str, Any] | Literal[False], **more: Any) -> Any:
        """Register an account; `imap` as made by the function `imap`, or False."""
        body = {"account": account, "name": account, "imap": imap, **more}
        answer = await self.ask("POST", "/v1/account", body)
        self.registered.add(account)
        return answer

    async def get(self, account: str) -> Any:
        """Everything the API tells of an account."""
        return await self.ask("GET", self.path(account))

    async def put(self, account: str, change: Mapping[str, Any]) -> Any:
        """Change an account."""
        return await self.ask("PUT", self.path(account), change)

    async def tell(self, account: str, command: str, **body: Any) -> Any:
        """`reconnect`, `disconnect`, `sync` or `flush`."""
        return await self.ask("PUT", f"{self.path(account)}/{command}", body or None)

    async def delete(self, account: str) -> Any:
        """Remove an account."""
        self.registered.discard(account)
        return await self.ask("DELETE", self.path(account))

    async def timeline(self, account: str) -> list[dict[str, Any]]:
        """The account's state changes, oldest first."""
        answer = await self.ask("GET", f"{self.path(account)}/timeline?pageSize=1000")
        return list(reversed(answer["timeline"]))

    async def states(self, account: str) -> list[str]:
        """The states the account has been in, oldest first."""
        return [entry["state"] for entry in await self.timeline(account)]

    async def post_webhooks_to(self, url: str) -> None:
        """Send the events of all accounts there."""
        await self.ask("POST", "/v1/settings", {"webhooks": url, "webhooksEnabled": True})

    @staticmethod
    def path(account: str) -> str:
        """The path of an account in the API."""
        return f"/v1/account/{quote(account, safe='')}"

    # Waiting

    async def when(
        self, account: str, condition: Callable[[Any], object], what: str = "", timeout: float = PATIENCE
    ) -> Any:
        """Wait until what the API tells of the account fulfils the condition; return it."""
        seen: Any = None

        async def fulfilled() -> bool:
            nonlocal seen
            seen = await self.get(account)
            return bool(condition(seen))

        try:
            await sooner_or_later(fulfilled, timeout)
        except AssertionError as late:
            states = [(entry["state"], entry["cause"]) for entry in await self.timeline(account)]
            raise AssertionError(f"{account}: not {what} within {timeout} s: {seen}; {states[-12:]}") from late
        return seen

    async def reaches(self, account: str, state: str, timeout: float = PATIENCE) -> Any:
        """Wait until the account is in this state."""
        return await self.when(account, lambda details: details["state"] == state, state, timeout)

    async def reconnects(self, account: str, timeout: float = PATIENCE) -> Any:
        """Wait until this process has connected the account: at first it shows the last state of the one before."""
        return await self.when(
            account,
            lambda details: details["state"] == "connected" and details["stateSince"] >= self._started,
            "connected again",
            timeout,
        )

    async def all_connected(self, count: int, timeout: float = 90) -> None:
        """Wait until so many accounts are connected; the API may be unable to answer meanwhile."""

        async def so() -> bool:
            answer = await self.call("GET", "/v1/accounts?state=connected&pageSize=1")
            return answer.status == 200 and answer.body["total"] == count

        await sooner_or_later(so, timeout, "every account connected")

    # How it works

    def _remember(self) -> None:
        assert self._program is not None
        self._past_lines += self._program.output + self._program.errors


async def sooner_or_later(
    condition: Callable[[], Awaitable[object]], timeout: float = PATIENCE, what: str = ""
) -> None:
    """Ask again and again until the answer is true; AssertionError after `timeout` seconds, naming `what`."""
    deadline = time.monotonic() + timeout
    while True:
        begun = time.monotonic()
        if await condition():
            return
        if begun > deadline:
            raise AssertionError(f"not true within {timeout} s: {what or condition}")
        # What asks long keeps somebody busy: the gateway, or the servers in this process.
        await asyncio.sleep(max(0.03, time.monotonic() - begun))


def events_of(receiver: WebhookReceiver, account: str) -> list[dict[str, Any]]:
    """The events of an account that the receiver has, in the order they came; a repeated delivery counts once."""
    bodies = {request.headers["webhook-id"]: request.json() for request in receiver.requests}
    return [body for body in bodies.values() if body["account"] == account]


def names_of(receiver: WebhookReceiver, account: str) -> list[str]:
    """The names of these events."""
    return [event["event"] for event in events_of(receiver, account)]


def names_by_account(receiver: WebhookReceiver) -> Counter[tuple[str, str]]:
    """How many events of each (account, name) the receiver has; a repeated delivery counts once.

    With many accounts, to ask for each of them keeps the process busy, and its mail servers waiting.
    """
    bodies = {request.headers["webhook-id"]: request.json() for request in receiver.requests}
    return Counter((body["account"], body["event"]) for body in bodies.values())


def not_announced_once(receiver: WebhookReceiver, accounts: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The `messageNew` of each of these accounts that did not get exactly one."""
    told = {each: [body for body in events_of(receiver, each) if body["event"] == "messageNew"] for each in accounts}
    return {account: bodies for account, bodies in told.items() if len(bodies) != 1}


def _authority(folder: Path) -> Path:
    path = folder / "authority.pem"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(server_certificate().authority)
    return path
