"""What the fixture `async_postroom` gives to an async test: the same as `postroom`, without blocking the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.message import EmailMessage

from postroom.client.asynchronous import AsyncPostroom
from postroom.schemas.answers.accounts import Account
from postroom.schemas.answers.events import LoggedEvent
from postroom.testing.beside import async_direct
from postroom.testing.local import (
    PATIENCE,
    LocalAccount,
    LocalMailbox,
    LocalPostroom,
    OutgoingMail,
    ReceivedWebhook,
)

__all__ = ["AsyncLocalPostroom"]


class AsyncLocalPostroom:
    """A gateway with an empty database. Each method is that of `LocalPostroom`, run in a thread."""

    def __init__(self, local: LocalPostroom) -> None:
        self._local = local
        self.url = local.url
        """The address of the API."""
        self.token = local.token
        """A token with all rights."""
        self.webhook_secret = local.webhook_secret
        """The secret that signs the webhooks that `webhooks` returns."""
        # As in `local_postroom`, without the proxies of the environment.
        self.client = AsyncPostroom(local.url, local.token, transport=async_direct())
        """The client of the API."""

    async def mailbox(self, address: str | None = None, password: str | None = None) -> LocalMailbox:
        """Return a new, empty mailbox, which no account knows yet."""
        return await asyncio.to_thread(self._local.mailbox, address, password)

    async def account(
        self,
        account: str | None = None,
        *,
        mailbox: LocalMailbox | None = None,
        state: str | None = "connected",
        **fields: object,
    ) -> LocalAccount:
        """Register an account for a mailbox, a new one by default, and wait until it is in `state`."""
        return await asyncio.to_thread(self._local.account, account, mailbox=mailbox, state=state, **fields)

    async def wait_for_state(self, account: LocalAccount | str, state: str, timeout: float = PATIENCE) -> Account:
        """Return what the API tells of an account once it is in a state. Raises NotInTime."""
        return await asyncio.to_thread(self._local.wait_for_state, account, state, timeout)

    async def deliver(
        self,
        to: LocalAccount | LocalMailbox | None = None,
        *,
        subject: str = "A test message",
        text: str = "This message is a test.\n",
        html: str | None = None,
        sender: str = "Ada Example <ada@example.test>",
        folder: str = "INBOX",
        age: float = 0.0,
        message: EmailMessage | bytes | None = None,
    ) -> str:
        """Put a message into a mailbox, by default the one that was opened last; return its Message-ID."""
        return await asyncio.to_thread(
            self._local.deliver,
            to,
            subject=subject,
            text=text,
            html=html,
            sender=sender,
            folder=folder,
            age=age,
            message=message,
        )

    async def events(self, account: LocalAccount | str | None = None) -> list[LoggedEvent]:
        """Return every event so far, oldest first."""
        return await asyncio.to_thread(self._local.events, account)

    async def wait_for_event(
        self,
        event: str,
        account: LocalAccount | str | None = None,
        *,
        where: Callable[[LoggedEvent], object] = lambda _event: True,
        timeout: float = PATIENCE,
    ) -> LoggedEvent:
        """Return the next event of this name that was not returned yet. Raises NotInTime."""
        return await asyncio.to_thread(self._local.wait_for_event, event, account, where=where, timeout=timeout)

    async def webhooks(self) -> list[ReceivedWebhook]:
        """Return the webhooks that arrived so far at a receiver for all events."""
        return await asyncio.to_thread(lambda: self._local.webhooks)

    async def wait_for_webhook(self, event: str, timeout: float = PATIENCE) -> ReceivedWebhook:
        """Return the next webhook with an event of this name that was not returned yet. Raises NotInTime."""
        return await asyncio.to_thread(self._local.wait_for_webhook, event, timeout)

    async def send_webhooks_to(self, url: str) -> None:
        """Send the events of all accounts to the program under test."""
        await asyncio.to_thread(self._local.send_webhooks_to, url)

    async def sent(self) -> list[OutgoingMail]:
        """Return the messages that accounts handed to the sandbox's SMTP server, oldest first."""
        return await asyncio.to_thread(self._local.sent)

    async def wait_for_sent(self, count: int = 1, timeout: float = PATIENCE) -> list[OutgoingMail]:
        """Return the messages once there are so many. Raises NotInTime."""
        return await asyncio.to_thread(self._local.wait_for_sent, count, timeout)
