"""Stores what came of a task, with its events, in one transaction; a task that was taken over changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from postroom.events import log as events
from postroom.events.sending import CopyFailed, MessageResolved, MessageSent, Posted
from postroom.events.types import Event
from postroom.folders.hints import hint
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake
from postroom.submission import body_store
from postroom.submission.accepting.submission_store import make_due
from postroom.submission.afterwards import followed_store, task_store
from postroom.submission.afterwards.followed_store import KnownRecipients
from postroom.submission.afterwards.model import (
    CopyGivenUp,
    CopyStored,
    FollowedMessage,
    FollowingTask,
    FoundInSentMail,
    NothingLeft,
    Postponed,
    TaskOutcome,
)
from postroom.submission.model import TOPIC, CopyState, MessageState, RecipientState, TaskKind

__all__ = ["FOUND", "settle"]

FOUND: Final = "Found in the folder of sent mail"
_TAKEN: Final = frozenset({RecipientState.SENT, RecipientState.BOUNCED})
_NEEDS_BODY: Final = (TaskKind.COPY, TaskKind.FIND)


def settle(
    conn: Connection, me: str, message: FollowedMessage, task: FollowingTask, found: TaskOutcome, now: int
) -> bool:
    """Store the outcome of a task. False when it was taken over, or removed, meanwhile; then nothing was stored."""
    followed_store.hold(conn, message, with_lane=task.kind is TaskKind.FIND)
    if not task_store.is_held(conn, me, task):
        return False
    match found:
        case Postponed():
            _postpone(conn, message, task, found)
            return True
        case CopyStored(path):
            followed_store.put_copy(conn, message.id, CopyState.STORED)
            hint(conn, message.account, (path,))
        case CopyGivenUp():
            _give_up(conn, message, found, now)
        case FoundInSentMail():
            _resolve(conn, message, found, now)
        case NothingLeft():
            pass
    task_store.remove(conn, task)
    if task.kind in _NEEDS_BODY:
        _drop_body(conn, message)
    wake(conn, TOPIC, message.account)
    return True


def _postpone(conn: Connection, message: FollowedMessage, task: FollowingTask, found: Postponed) -> None:
    task_store.postpone(conn, task, found.until)
    if found.whole_account:
        task_store.postpone_account(conn, task.account_key, found.until)
    if task.kind is TaskKind.COPY and found.error is not None:
        followed_store.put_copy(conn, message.id, CopyState.PENDING, found.error)


def _give_up(conn: Connection, message: FollowedMessage, found: CopyGivenUp, now: int) -> None:
    if followed_store.put_copy(conn, message.id, CopyState.FAILED, found.error):
        taken = followed_store.recipients_of(conn, message.id).addresses(_TAKEN)
        failed = CopyFailed(_posted(message, taken), found.folder, found.error)
        events.append(conn, message.account_key, message.account, [failed], now)


def _resolve(conn: Connection, message: FollowedMessage, found: FoundInSentMail, now: int) -> None:
    before = followed_store.recipients_of(conn, message.id)
    state = followed_store.resolve_as_sent(conn, message.id, FOUND, now)
    if state is None:
        return
    events.append(conn, message.account_key, message.account, list(_events(message, before, found)), now)
    if state is MessageState.QUEUED:
        make_due(conn, message.account_key, now)
        return
    task_store.add(conn, message.id, list(message.plan.what_follows(copies=False)), now)


def _events(message: FollowedMessage, before: KnownRecipients, found: FoundInSentMail) -> Iterator[Event]:
    posted = _posted(message, before.addresses({RecipientState.UNKNOWN}))
    refused = tuple(each for each in before.told if each.state == RecipientState.REFUSED)
    yield MessageResolved(posted, "sent", "sentMail", found.message)
    yield MessageSent(posted, FOUND, refused=refused)


def _posted(message: FollowedMessage, recipients: tuple[str, ...]) -> Posted:
    return Posted(message.queue_id, message.sent_as or message.message_id, message.sender, recipients)


def _drop_body(conn: Connection, message: FollowedMessage) -> None:
    """Remove the octets of a message that everybody was sent; another one may be tried again, and needs them."""
    if task_store.has_any(conn, message.id, _NEEDS_BODY):
        return
    told = followed_store.recipients_of(conn, message.id).told
    if told and all(each.state in _TAKEN for each in told):
        body_store.remove(conn, [message.id])
