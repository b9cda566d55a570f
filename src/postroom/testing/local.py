"""What the fixture `postroom` gives to a test: a gateway, mailboxes, mail that arrives, events, mail that was sent."""

from __future__ import annotations

import email
import email.policy
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from email.message import EmailMessage
from typing import Any, Final, TypeVar, cast

from postroom.client.blocking import Postroom
from postroom.demo.mailbox import DemoMailbox
from postroom.footprint.dataclass import dataclass
from postroom.schemas.answers.accounts import Account
from postroom.schemas.answers.events import LoggedEvent
from postroom.schemas.requests.accounts import NewAccount
from postroom.testing.beside import HandedIn, ProcessBeside, StageBeside, TakenWebhook, direct
from postroom.testing.letters import composed

__all__ = [
    "LocalAccount",
    "LocalMailbox",
    "LocalPostroom",
    "NotInTime",
    "OutgoingMail",
    "ReceivedWebhook",
    "local_postroom",
]

R = TypeVar("R")
PATIENCE: Final = 30.0
_LOOK_AGAIN: Final = 0.02


class NotInTime(AssertionError):
    """What a test waits for did not come. The text says what came instead."""


@dataclass(frozen=True, slots=True)
class LocalMailbox:
    """A mailbox at the sandbox mail server. `address` is also the name to sign in with."""

    address: str
    password: str = field(repr=False)
    host: str
    imap_port: int
    smtp_port: int

    def imap(self) -> dict[str, object]:
        """Return the `imap` block of a registration."""
        return self._block(self.imap_port)

    def smtp(self) -> dict[str, object]:
        """Return the `smtp` block of a registration."""
        return self._block(self.smtp_port)

    def _block(self, port: int) -> dict[str, object]:
        sign_in = {"user": self.address, "pass": self.password}
        return {"host": self.host, "port": port, "secure": False, "auth": sign_in}


@dataclass(frozen=True, slots=True)
class LocalAccount:
    """A registered account and its mailbox. As text it is its id."""

    id: str
    mailbox: LocalMailbox

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A message that an account sent. `sender` and `recipients` are the envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A webhook: its headers with names in lower case, the exact body for a signature, and the event in it."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    event: Mapping[str, Any]


class LocalPostroom:
    """A gateway with an empty database, and all that a test does with it. Its methods block."""

    def __init__(self, stage: StageBeside, client: Postroom, webhook_secret: str) -> None:
        self._stage = stage
        self.url = stage.url
        """The address of the API."""
        self.token = stage.token
        """A token with all rights."""
        self.client = client
        """The client of the API."""
        self.webhook_secret = webhook_secret
        """The secret that signs the webhooks that `webhooks` has."""
        self._mailboxes: list[LocalMailbox] = []
        self._events: list[LoggedEvent] = []
        self._returned: set[int] = set()
        self._taken: set[str] = set()

    # Mailboxes and accounts

    def mailbox(self, address: str | None = None, password: str | None = None) -> LocalMailbox:
        """Return a new, empty mailbox, which no account knows yet."""
        address = address or f"user{len(self._mailboxes) + 1}@example.test"
        password = password or secrets.token_urlsafe(12)
        ports = self._stage.open_mailbox(address, password)
        opened = LocalMailbox(address, password, ports.host, ports.imap, ports.smtp)
        self._mailboxes.append(opened)
        return opened

    def account(
        self,
        account: str | None = None,
        *,
        mailbox: LocalMailbox | None = None,
        state: str | None = "connected",
        **fields: object,
    ) -> LocalAccount:
        """Register an account for a mailbox, a new one by default, and wait until it is in `state`.

        `fields` go into the registration, such as `metadata`, and replace `imap` or `smtp`. With `state=None`
        nothing is awaited. Raises NotInTime, ApiError.
        """
        box = mailbox or self.mailbox()
        name = account or box.address
        body = {"account": name, "name": name, "email": box.address, "imap": box.imap(), "smtp": box.smtp(), **fields}
        self.client.accounts.register(cast("NewAccount", body))
        if state is not None:
            self.wait_for_state(name, state)
        return LocalAccount(name, box)

    def wait_for_state(self, account: LocalAccount | str, state: str, timeout: float = PATIENCE) -> Account:
        """Return what the API tells of an account once it is in a state such as `connected`. Raises NotInTime."""
        seen: list[Account] = []

        def found() -> Account | None:
            seen[:] = [self.client.accounts.get(str(account))]
            return seen[0] if seen[0]["state"] == state else None

        def instead() -> str:
            return f"it is {seen[0]['state']}, with the last error {seen[0]['lastError']}"

        return _awaited(found, timeout, f"The account {account} did not become {state}", instead)

    # Mail that arrives

    def deliver(
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
        """Put a message into a mailbox, by default the one that was opened last; return its Message-ID.

        `message` is a whole message; without it, one is made of the other fields. It looks as if it had arrived `age`
        seconds ago.
        """
        box = self._box(to)
        whole = message if message is not None else composed(sender, box.address, subject, text, html)
        octets = whole if isinstance(whole, bytes) else whole.as_bytes()
        DemoMailbox(box.address, box.password, box.imap_port, box.host).append(octets, folder, age=age)
        return str(email.message_from_bytes(octets)["Message-ID"] or "")

    def _box(self, to: LocalAccount | LocalMailbox | None) -> LocalMailbox:
        if to is not None:
            return to.mailbox if isinstance(to, LocalAccount) else to
        return self._mailboxes[-1] if self._mailboxes else self.mailbox()

    # What happened

    def events(self, account: LocalAccount | str | None = None) -> list[LoggedEvent]:
        """Return every event so far, oldest first."""
        since = self._events[-1]["seq"] if self._events else None
        self._events += self.client.events.read(since=since)
        return [each for each in self._events if account is None or each["account"] == str(account)]

    def wait_for_event(
        self,
        event: str,
        account: LocalAccount | str | None = None,
        *,
        where: Callable[[LoggedEvent], object] = lambda _event: True,
        timeout: float = PATIENCE,
    ) -> LoggedEvent:
        """Return the next event of this name, of this account, for which `where` is true.

        An event is returned once: the same call again waits for the next one. Raises NotInTime.
        """

        def found() -> LoggedEvent | None:
            matching = (each for each in self.events(account) if each["event"] == event and where(each))
            return next((each for each in matching if each["seq"] not in self._returned), None)

        def instead() -> str:
            return f"the events were {_listed(each['event'] for each in self.events(account))}"

        whose = "" if account is None else f" of {account}"
        arrived = _awaited(found, timeout, f"No (other) {event}{whose} came", instead)
        self._returned.add(arrived["seq"])
        return arrived

    @property
    def webhooks(self) -> list[ReceivedWebhook]:
        """The webhooks that arrived so far at a receiver for all events."""
        return [_webhook(each) for each in self._stage.webhooks()]

    def wait_for_webhook(self, event: str, timeout: float = PATIENCE) -> ReceivedWebhook:
        """Return the next webhook with an event of this name. Each is returned once. Raises NotInTime."""

        def found() -> ReceivedWebhook | None:
            matching = (each for each in self.webhooks if each.event["event"] == event)
            return next((each for each in matching if each.headers["webhook-id"] not in self._taken), None)

        def instead() -> str:
            return f"the webhooks were {_listed(each.event['event'] for each in self.webhooks)}"

        arrived = _awaited(found, timeout, f"No (other) webhook {event} came", instead)
        self._taken.add(arrived.headers["webhook-id"])
        return arrived

    def send_webhooks_to(self, url: str) -> None:
        """Send the events of all accounts to the program under test."""
        self.client.settings.change({"webhooks": url, "webhooksEnabled": True})

    def sent(self) -> list[OutgoingMail]:
        """Return the messages that accounts handed to the sandbox's SMTP server, oldest first."""
        return [_sent(each) for each in self._stage.sent()]

    def wait_for_sent(self, count: int = 1, timeout: float = PATIENCE) -> list[OutgoingMail]:
        """Return the messages once there are so many. Raises NotInTime."""
        return _awaited(
            lambda: found if len(found := self.sent()) >= count else None,
            timeout,
            f"Not {count} messages were sent",
            lambda: f"there are {len(self.sent())}; the events were {_listed(each['event'] for each in self.events())}",
        )


@contextmanager
def local_postroom(process: ProcessBeside) -> Iterator[LocalPostroom]:
    """Run a gateway with an empty database in the process. Raises BesideFailed."""
    stage = process.open_stage()
    try:
        # With a transport of its own, the client uses no proxy of the environment: nothing leaves the machine.
        with Postroom(stage.url, stage.token, transport=direct()) as client:
            endpoint = client.webhooks.create({"url": stage.hook})
            yield LocalPostroom(stage, client, endpoint["secret"])
    finally:
        stage.close()


def _awaited(found: Callable[[], R | None], timeout: float, missing: str, instead: Callable[[], str]) -> R:
    """Return the first answer of `found` that is not None. Raises NotInTime with what there is instead."""
    deadline = time.monotonic() + timeout
    while (answer := found()) is None:
        if time.monotonic() > deadline:
            raise NotInTime(f"{missing} within {timeout:g} seconds: {instead()}.")
        time.sleep(_LOOK_AGAIN)
    return answer


def _listed(names: Iterator[Any]) -> str:
    return ", ".join(str(name) for name in names) or "none"


def _webhook(taken: TakenWebhook) -> ReceivedWebhook:
    return ReceivedWebhook(taken.headers, taken.body, json.loads(taken.body))


def _sent(handed_in: HandedIn) -> OutgoingMail:
    # Lines end as texts in a program do.
    octets = handed_in.content.replace(b"\r\n", b"\n")
    message = email.message_from_bytes(octets, policy=email.policy.default)
    return OutgoingMail(handed_in.sender, handed_in.recipients, message)
