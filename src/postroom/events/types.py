"""The public events: one class each, with the name and the `data` that a webhook carries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Literal, NotRequired, Protocol, TypeAlias, TypedDict

from postroom.footprint.dataclass import dataclass
from postroom.mail.shapes import MessageObject

ResetReason: TypeAlias = Literal["uidValidityChange", "syncStateLost"]


class FlagsChanged(TypedDict):
    """The changes of a message's flags or labels; `value` are the current ones."""

    added: NotRequired[list[str]]
    deleted: NotRequired[list[str]]
    value: list[str]


class MessageChanges(TypedDict, total=False):
    """The changes of a message."""

    flags: FlagsChanged
    labels: FlagsChanged


class UpdatedData(TypedDict):
    """The data of `messageUpdated`."""

    id: str
    uid: int
    changes: MessageChanges


class DeletedData(TypedDict):
    """The data of `messageDeleted`."""

    id: str
    uid: int


class PlaceData(TypedDict):
    """Where a message was; `specialUse` is the folder's role if it has one."""

    id: str
    uid: int
    path: str
    specialUse: NotRequired[str]


class MovedData(TypedDict):
    """The data of `messageMoved`: the message where it is now, and where it was."""

    id: str
    uid: int
    previous: PlaceData


class MissingData(TypedDict):
    """The data of `messageMissing`; the delay is in milliseconds."""

    id: str
    uid: int
    missingRetries: int
    missingDelay: int


class FolderData(TypedDict):
    """The data of mailbox events about the folder; `specialUse` is False when it has no role."""

    path: str
    name: str
    specialUse: str | Literal[False]


class NewFolderData(FolderData):
    """The data of `mailboxNew`."""

    uidValidity: str


class ResetFolderData(NewFolderData):
    """The data of `mailboxReset`. The previous UIDVALIDITY is set when it changed, False when it is unknown."""

    prevUidValidity: NotRequired[str | Literal[False]]
    reason: ResetReason


class Event(Protocol):
    """An event to announce."""

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

    def data(self) -> Mapping[str, object]:
        """Return the JSON object under `data`."""
        ...


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """A life-cycle event, about the account as a whole."""

    name: str
    payload: Mapping[str, object] = field(default_factory=dict)
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
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
    """The first full sync of a new or flushed account is done."""
    return AccountEvent("accountInitialized", {"initialized": True})


def authentication_error(error: Mapping[str, object]) -> AccountEvent:
    """The credentials were refused; `error` is the account's `lastError`."""
    return AccountEvent("authenticationError", error)


def connect_error(error: Mapping[str, object]) -> AccountEvent:
    """The connection could not be set up; `error` is the account's `lastError`."""
    return AccountEvent("connectError", error)


@dataclass(frozen=True, slots=True)
class MessageNew:
    """A message arrived. `message` is the message object of the API."""

    path: str
    special_use: str | None
    message: MessageObject
    name: ClassVar[str] = "messageNew"

    def data(self) -> MessageObject:
        return self.message


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    """Flags or labels of a message changed."""

    path: str
    special_use: str | None
    id: str
    uid: int
    changes: MessageChanges
    name: ClassVar[str] = "messageUpdated"

    def data(self) -> UpdatedData:
        return {"id": self.id, "uid": self.uid, "changes": self.changes}


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message is no longer in its folder: expunged, or moved away without a proof of where it is."""

    path: str
    special_use: str | None
    id: str
    uid: int
    name: ClassVar[str] = "messageDeleted"

    def data(self) -> DeletedData:
        return {"id": self.id, "uid": self.uid}


@dataclass(frozen=True, slots=True)
class MessageMove:
    """A message was moved to this folder, as the server's answers prove. It stands for a removal and an arrival."""

    path: str
    special_use: str | None
    id: str
    uid: int
    previous: PlaceData
    name: ClassVar[str] = "messageMoved"

    def data(self) -> MovedData:
        return {"id": self.id, "uid": self.uid, "previous": self.previous}


@dataclass(frozen=True, slots=True)
class MessageMissing:
    """A message exists but could not be fetched, after `retries` retries over `delay` milliseconds."""

    path: str
    special_use: str | None
    id: str
    uid: int
    retries: int
    delay: int
    name: ClassVar[str] = "messageMissing"

    def data(self) -> MissingData:
        return {"id": self.id, "uid": self.uid, "missingRetries": self.retries, "missingDelay": self.delay}


@dataclass(frozen=True, slots=True)
class MailboxNew:
    """A folder appeared and was opened for the first time. `leaf` is the last level of its path."""

    path: str
    special_use: str | None
    leaf: str
    uidvalidity: int
    name: ClassVar[str] = "mailboxNew"

    def data(self) -> NewFolderData:
        return {**_folder(self.path, self.leaf, self.special_use), "uidValidity": str(self.uidvalidity)}


@dataclass(frozen=True, slots=True)
class MailboxDeleted:
    """A folder is gone, and its messages with it."""

    path: str
    special_use: str | None
    leaf: str
    name: ClassVar[str] = "mailboxDeleted"

    def data(self) -> FolderData:
        return _folder(self.path, self.leaf, self.special_use)


@dataclass(frozen=True, slots=True)
class MailboxReset:
    """The stored state of a folder was dropped and read anew, so all its message ids have changed.

    `reason` is `uidValidityChange`, with the old UIDVALIDITY in `previous`, or `syncStateLost`.
    """

    path: str
    special_use: str | None
    leaf: str
    uidvalidity: int
    previous: int | None
    reason: ResetReason
    name: ClassVar[str] = "mailboxReset"

    def data(self) -> ResetFolderData:
        told: ResetFolderData = {
            "path": self.path,
            "name": self.leaf,
            "specialUse": self.special_use or False,
            "uidValidity": str(self.uidvalidity),
            "prevUidValidity": str(self.previous) if self.previous is not None else False,
            "reason": self.reason,
        }
        if self.reason != "uidValidityChange":
            del told["prevUidValidity"]
        return told


def _folder(path: str, leaf: str, special_use: str | None) -> FolderData:
    return {"path": path, "name": leaf, "specialUse": special_use or False}


ANNOUNCED: tuple[str, ...] = (
    "accountAdded",
    "accountInitialized",
    "accountDeleted",
    "authenticationSuccess",
    "authenticationError",
    "connectError",
    "messageNew",
    "messageDeleted",
    "messageMoved",
    "messageUpdated",
    "messageMissing",
    "mailboxNew",
    "mailboxDeleted",
    "mailboxReset",
    "messageSent",
    "messageDeliveryError",
    "messageFailed",
    "messageUnknown",
    "messageResolved",
    "messageCopyError",
    "messageBounce",
    "messageComplaint",
)
"""The names of the events that Postroom announces."""

EVENT_NAMES: tuple[str, ...] = (
    *ANNOUNCED,
    "trackOpen",
    "trackClick",
    "listUnsubscribe",
    "listSubscribe",
    "exportCompleted",
    "exportFailed",
)
"""Every name that filters such as `webhookEvents` take. Clients of other gateways list names that no code announces."""
