"""The events that report the changes of a folder. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from postroom.events.types import (
    Event,
    FlagsChanged,
    MailboxDeleted,
    MailboxNew,
    MailboxReset,
    MessageChanges,
    MessageDeleted,
    MessageMissing,
    MessageMove,
    MessageNew,
    MessageUpdated,
    PlaceData,
    ResetReason,
)
from postroom.footprint.dataclass import dataclass, replace
from postroom.mail.flags import Flags
from postroom.mail.folder import leaf
from postroom.mail.identity.stable_ids import thread_id
from postroom.mail.ids import MessageId, message_id
from postroom.mail.shapes import MessageObject
from postroom.sync.folder.chunks import LABEL, Difference, FlagChange, chunk_of, learn
from postroom.sync.folder.missing import Missing


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that events are about. `number` stands for it in message ids."""

    path: str
    special_use: str | None
    delimiter: str | None
    number: int

    @property
    def leaf(self) -> str:
        """The last level of the path."""
        return leaf(self.path, self.delimiter)


class FolderName(Protocol):
    """What events say of a folder."""

    @property
    def path(self) -> str:
        """The path."""
        ...

    @property
    def special_use(self) -> str | None:
        r"""The role if it has one, e.g. `\Sent`."""
        ...


def change_events(
    place: Place, difference: Difference, instead: Mapping[int, Event | None] | None = None
) -> list[Event]:
    """Return the events of known messages: first the deleted ones, then those with changed flags, in order of UID.

    `instead` has what to tell of messages that were moved rather than deleted: an event, or None for nothing.
    """
    found = instead or {}
    removals = (found.get(uid, deleted(place, uid)) for uid in difference.gone)
    events: list[Event] = [event for event in removals if event is not None]
    return [*events, *(_updated(place, change) for change in difference.changed)]


def arrival_events(news: Mapping[int, Event], instead: Mapping[int, Event | None]) -> list[Event]:
    """Return the events of messages that came, in order of UID; `instead` is as for `change_events`."""
    found = {**news, **instead}
    return [event for _, event in sorted(found.items()) if event is not None]


def deleted(place: Place, uid: int) -> MessageDeleted:
    """Return the event of a message that is gone from its folder."""
    return MessageDeleted(place.path, place.special_use, message_id(place.number, uid), uid)


def moved(old: MessageId, was_in: FolderName, new: MessageId, is_in: FolderName) -> MessageMove:
    """Return the event of a message that was moved."""
    previous: PlaceData = {"id": message_id(old.number, old.uid), "uid": old.uid, "path": was_in.path}
    if was_in.special_use is not None:
        previous["specialUse"] = was_in.special_use
    return MessageMove(is_in.path, is_in.special_use, message_id(new.number, new.uid), new.uid, previous)


def flag_events(place: Place, before: Mapping[int, Flags], now: Mapping[int, Flags]) -> list[Event]:
    """Return the events of flags that changed while messages moved; `before` and `now` are flags by the new UID."""
    changed = (learn(chunk_of({uid: flags}), {uid: now[uid]}).changed for uid, flags in sorted(before.items()))
    return [_updated(place, change) for each in changed for change in each]


def _updated(place: Place, change: FlagChange) -> MessageUpdated:
    identity = message_id(place.number, change.uid)
    return MessageUpdated(place.path, place.special_use, identity, change.uid, changes(change))


def in_thread(event: Event, thread: int | None) -> Event:
    """Return the event of a new message with its thread, unless the server itself told which thread it is in."""
    if thread is None or not isinstance(event, MessageNew) or "threadId" in event.message:
        return event
    return replace(event, message=MessageObject(**{**event.message, "threadId": thread_id(thread)}))


def changes(change: FlagChange) -> MessageChanges:
    """Return the `changes` object of `messageUpdated`. Labels are stored among the flags and are split off here."""
    told: MessageChanges = {}
    if flags := _changed(change, is_label=False):
        told["flags"] = flags
    if labels := _changed(change, is_label=True):
        told["labels"] = labels
    return told


def _changed(change: FlagChange, *, is_label: bool) -> FlagsChanged | None:
    """Return the changes of flags, or of labels; None when there are none."""
    added, deleted = _of_kind(change.added, is_label), _of_kind(change.deleted, is_label)
    value = _of_kind(change.value, is_label)
    if added and deleted:
        return {"added": added, "deleted": deleted, "value": value}
    if added:
        return {"added": added, "value": value}
    return {"deleted": deleted, "value": value} if deleted else None


def _of_kind(flags: Iterable[str], is_label: bool) -> list[str]:
    return [flag.removeprefix(LABEL) if is_label else flag for flag in flags if flag.startswith(LABEL) == is_label]


def missing_event(place: Place, missing: Missing, now: int) -> MessageMissing:
    """Return the report of a message that could not be fetched."""
    identity = message_id(place.number, missing.uid)
    return MessageMissing(
        place.path, place.special_use, identity, missing.uid, missing.tries, max(now - missing.since, 0)
    )


def mailbox_new(place: Place, uidvalidity: int) -> MailboxNew:
    """Return the event of a folder that was opened for the first time."""
    return MailboxNew(place.path, place.special_use, place.leaf, uidvalidity)


def mailbox_deleted(path: str, special_use: str | None, delimiter: str | None) -> MailboxDeleted:
    """Return the event of a folder that is gone."""
    return MailboxDeleted(path, special_use, leaf(path, delimiter))


def mailbox_reset(place: Place, uidvalidity: int, previous: int | None, *, lost: bool) -> MailboxReset:
    """Return the event that all message ids of a folder have changed."""
    reason: ResetReason = "syncStateLost" if lost else "uidValidityChange"
    return MailboxReset(place.path, place.special_use, place.leaf, uidvalidity, previous, reason)
