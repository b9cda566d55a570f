"""The story of the demonstration: register a mailbox, see it connect, deliver a message, read it, and answer it."""

from __future__ import annotations

import asyncio
import imaplib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import field

from postroom.clock import from_iso, now_ms
from postroom.demo.client import DemoClient, StateShown, Unanswered
from postroom.demo.mailbox import DeliveryFailed, letter
from postroom.demo.receiver import DemoReceiver
from postroom.demo.sandbox import Sandbox
from postroom.demo.screen import Screen
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import harmless

ACCOUNT = "demo"
SUBJECT = "Hello from the sandbox"
STEP_LIMIT = 60.0
_LOOK_AGAIN = 0.05


class StepFailed(Permanent):
    """The demonstration stopped. The text names the step and the reason."""

    code = "StepFailed"

    def __init__(self, what: str) -> None:
        super().__init__(f"The demonstration stopped: {what}.")


@dataclass(slots=True)
class Story:
    """The story, told once. `begun` is the monotonic time at which the clock on the screen started."""

    client: DemoClient
    sandbox: Sandbox
    receiver: DemoReceiver
    screen: Screen
    begun: float = field(default_factory=time.monotonic)
    message: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    sent: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _shown: set[int] = field(default_factory=set)
    _state: str | None = None
    _latest: str = "nothing was reported yet"

    async def tell(self) -> None:
        """Go through every step. Raises StepFailed."""
        self.screen.title("Registering the sandbox mailbox over the API")
        async with _step("asking for webhooks"):
            await self._ask_for_webhooks()
        async with _step("registering the account"):
            await self._register()
        async with _step("waiting for the account to be connected", self._describe):
            await self._until_connected()
        self.screen.title("New mail")
        async with _step("delivering a message to the sandbox mailbox"):
            await self._deliver()
        async with _step("waiting for the webhook about the new message"):
            message = await self.message
        async with _step("fetching the message by the id in the webhook"):
            await self._fetch(message)
        self.screen.title("Replying to it")
        async with _step("submitting a reply"):
            await self._reply(message)
        async with _step("waiting for the webhook about the reply"):
            await self.sent

    async def show_webhooks(self) -> None:
        """Show every event that arrives, for as long as the demonstration runs."""
        while True:
            event = await self.receiver.arrived.get()
            # Show the states that led to the event before the event.
            with suppress(Unanswered):
                await self._show_states()
            self.screen.webhook(self._elapsed(), event)
            is_ours = event.get("event") == "messageNew" and event["data"].get("subject") == SUBJECT
            if is_ours and not self.message.done():
                self.message.set_result(event["data"]["id"])
            if event.get("event") == "messageSent" and not self.sent.done():
                self.sent.set_result(event["data"]["queueId"])

    def _elapsed(self) -> float:
        return time.monotonic() - self.begun

    def _describe(self) -> str:
        return self._latest

    async def _ask_for_webhooks(self) -> None:
        wanted = {"webhooksEnabled": True, "webhooks": self.receiver.url, "webhookEvents": ["*"]}
        await self.client.call("POST", "/v1/settings", wanted)
        self.screen.call("POST", "/v1/settings", f"webhooks go to {self.receiver.url}")

    async def _register(self) -> None:
        answer = await self.client.call("POST", "/v1/account", self.sandbox.account(ACCOUNT, "Demo User"))
        self.screen.call("POST", "/v1/account", f"account {answer['account']!r}, state {answer['state']!r}")

    async def _until_connected(self) -> None:
        await self._show_states()
        while self._state != "connected":
            await asyncio.sleep(_LOOK_AGAIN)
            await self._show_states()

    async def _show_states(self) -> None:
        for entry in await self.client.timeline(ACCOUNT):
            if entry.id not in self._shown:
                self._shown.add(entry.id)
                self._show(entry)

    def _show(self, entry: StateShown) -> None:
        ago = (now_ms() - from_iso(entry.time)) / 1000
        self._state = entry.state
        self._latest = f"the last state was {entry.state} ({entry.why})"
        self.screen.state(max(0.0, self._elapsed() - ago), entry.state, entry.why)

    async def _deliver(self) -> None:
        self.screen.step(self._elapsed(), f"Delivering “{SUBJECT}” to {self.sandbox.mailbox.user}")
        text = "This message was delivered to the sandbox; Postroom noticed it and told the webhook receiver.\n"
        await self.sandbox.mailbox.deliver(letter("Ada <ada@example.test>", self.sandbox.mailbox.user, SUBJECT, text))

    async def _fetch(self, message: str) -> None:
        path = f"/v1/account/{ACCOUNT}/message/{message}"
        answer = await self.client.call("GET", f"{path}?textType=plain")
        self.screen.title("Fetching it by the id in the webhook")
        self.screen.call("GET", f"{path}?textType=plain", f"from {answer['from']['address']}")
        for line in answer["text"]["plain"].splitlines():
            self.screen.step(self._elapsed(), f"  {harmless(line)}")

    async def _reply(self, message: str) -> None:
        path = f"/v1/account/{ACCOUNT}/submit"
        reference = {"message": message, "action": "reply", "inline": True}
        answer = await self.client.call("POST", path, {"reference": reference, "text": "Thank you, it arrived."})
        self.screen.call("POST", path, f"queued as {answer['queueId']}")


@asynccontextmanager
async def _step(name: str, detail: Callable[[], str] | None = None) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(STEP_LIMIT):
            yield
    except TimeoutError as error:
        known = f"; {detail()}" if detail else ""
        raise StepFailed(
            f"The demonstration stopped: {name} took more than {STEP_LIMIT:.0f} seconds{known}."
        ) from error
    except (Unanswered, DeliveryFailed, OSError, imaplib.IMAP4.error) as error:
        raise StepFailed(f"{name} failed: {error}") from error
