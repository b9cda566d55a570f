"""The public events: one class each, with the name and the `data` that a webhook carries. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol


class Event(Protocol):
    """Something to announce. `name` is the public event name, `data()` the JSON object under `data`."""

    @property
    def name(self) -> str:
        """The public event name, e.g. `messageNew`."""
        ...

    @property
    def path(self) -> str | None:
        """The folder concerned, for message and mailbox events."""
        ...

    @property
    def special_use(self) -> str | None:
        """The role of that folder when it has one, e.g. `\\Sent`."""
        ...

    def data(self) -> dict[str, Any]:
        """Return the JSON object under `data`."""
        ...


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """A life-cycle event: it concerns the account as a whole."""

    name: str
    payload: dict[str, Any] = field(default_factory=dict)
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> dict[str, Any]:
        return self.payload


def account_added(account: str) -> AccountEvent:
    """A new account was stored."""
    return AccountEvent("accountAdded", {"account": account})


def account_deleted(account: str) -> AccountEvent:
    """The account and everything stored for it were removed."""
    return AccountEvent("accountDeleted", {"account": account})


def authentication_success(user: str) -> AccountEvent:
    """The first sign-in ever, or the first after an announced error."""
    return AccountEvent("authenticationSuccess", {"user": user})


def account_initialized() -> AccountEvent:
    """The first full sync is done, for the first time or after a flush."""
    return AccountEvent("accountInitialized", {"initialized": True})


def authentication_error(error: dict[str, Any]) -> AccountEvent:
    """The credentials were refused; `error` is the account's `lastError`."""
    return AccountEvent("authenticationError", error)


def connect_error(error: dict[str, Any]) -> AccountEvent:
    """The connection could not be set up; `error` is the account's `lastError`."""
    return AccountEvent("connectError", error)


@dataclass(frozen=True, slots=True)
class MessageNew:
    """A message arrived. `message` is the message object of the API."""

    path: str
    special_use: str | None
    message: dict[str, Any]
    name: ClassVar[str] = "messageNew"

    def data(self) -> dict[str, Any]:
        return self.message


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    """Flags or labels of a message changed; `changes` is `{"flags": {"added", "deleted", "value"}, "labels": …}`."""

    path: str
    special_use: str | None
    id: str
    uid: int
    changes: dict[str, Any]
    name: ClassVar[str] = "messageUpdated"

    def data(self) -> dict[str, Any]:
        return {"id": self.id, "uid": self.uid, "changes": self.changes}


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message is no longer in its folder: expunged, or moved away."""

    path: str
    special_use: str | None
    id: str
    uid: int
    name: ClassVar[str] = "messageDeleted"

    def data(self) -> dict[str, Any]:
        return {"id": self.id, "uid": self.uid}


@dataclass(frozen=True, slots=True)
class MessageMissing:
    """A message is there, but could not be fetched: tried again `retries` times over `delay` milliseconds."""

    path: str
    special_use: str | None
    id: str
    uid: int
    retries: int
    delay: int
    name: ClassVar[str] = "messageMissing"

    def data(self) -> dict[str, Any]:
        return {"id": self.id, "uid": self.uid, "missingRetries": self.retries, "missingDelay": self.delay}


@dataclass(frozen=True, slots=True)
class MailboxNew:
    """A folder appeared and was opened for the first time. `leaf` is the last level of its path."""

    path: str
    special_use: str | None
    leaf: str
    uidvalidity: int
    name: ClassVar[str] = "mailboxNew"

    def data(self) -> dict[str, Any]:
        return {**_mailbox(self.path, self.leaf, self.special_use), "uidValidity": str(self.uidvalidity)}


@dataclass(frozen=True, slots=True)
class MailboxDeleted:
    """A folder is gone, and its messages with it."""

    path: str
    special_use: str | None
    leaf: str
    name: ClassVar[str] = "mailboxDeleted"

    def data(self) -> dict[str, Any]:
        return _mailbox(self.path, self.leaf, self.special_use)


@dataclass(frozen=True, slots=True)
class MailboxReset:
    """Everything known of a folder was dropped and read anew: all message ids of the folder are others now.

    `reason` is `uidValidityChange`, with the UIDVALIDITY before in `previous`, or `syncStateLost`.
    """

    path: str
    special_use: str | None
    leaf: str
    uidvalidity: int
    previous: int | None
    reason: str
    name: ClassVar[str] = "mailboxReset"

    def data(self) -> dict[str, Any]:
        told = {**_mailbox(self.path, self.leaf, self.special_use), "uidValidity": str(self.uidvalidity)}
        if self.reason == "uidValidityChange":
            told["prevUidValidity"] = str(self.previous) if self.previous is not None else False
        return {**told, "reason": self.reason}


def _mailbox(path: str, leaf: str, special_use: str | None) -> dict[str, Any]:
    return {"path": path, "name": leaf, "specialUse": special_use or False}


# Every name a webhook may carry, for `webhookEvents` and for the documentation. A name that no code announces yet is
# accepted in filters, because clients of the existing product list all of theirs.
EVENT_NAMES: tuple[str, ...] = (
    "accountAdded",
    "accountInitialized",
    "accountDeleted",
    "authenticationSuccess",
    "authenticationError",
    "connectError",
    "messageNew",
    "messageDeleted",
    "messageUpdated",
    "messageMissing",
    "mailboxNew",
    "mailboxDeleted",
    "mailboxReset",
    "messageSent",
    "messageDeliveryError",
    "messageFailed",
    "messageBounce",
    "messageComplaint",
    "trackOpen",
    "trackClick",
    "listUnsubscribe",
    "listSubscribe",
    "exportCompleted",
    "exportFailed",
)
ANNOUNCED: tuple[str, ...] = EVENT_NAMES[:13]
