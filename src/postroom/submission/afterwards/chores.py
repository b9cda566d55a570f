"""Carries out one task: stores the copy, sets the flag, removes the draft, or looks for an unknown message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from postroom.clock import now_ms
from postroom.errors import PostroomError, StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.mailboxes.changing.edits import Edit
from postroom.mailboxes.changing.service import MailChanges
from postroom.mailboxes.changing.storing import Change
from postroom.mailboxes.failures import MessageMoved
from postroom.mailboxes.sent_mail.service import SentMail, SentMessage
from postroom.mailboxes.visit import TimeAllowed
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
from postroom.submission.afterwards.patience import allowed_for, next_look, pause_after, trouble_of
from postroom.submission.bodies import Bodies
from postroom.submission.copy_rule import sent_folder
from postroom.submission.model import CopyState, MessageState, TaskKind
from postroom.submission.plan import RepliesTo

__all__ = ["Chores"]

_CLOCKS_DIFFER: Final = 120_000
"""Milliseconds by which the provider's clock may be behind ours. A copy that is older belongs to another message."""

_FLAGS: Final = {"reply": "\\Answered", "reply-all": "\\Answered", "forward": "$Forwarded"}
log = get_logger("submission")


@dataclass(frozen=True, slots=True)
class Chores:
    """The tasks of one process. `roll` returns a random number from 0 to 1."""

    sent_mail: SentMail
    changes: MailChanges
    bodies: Bodies
    roll: Callable[[], float]
    clock: Callable[[], int] = field(default=now_ms)

    async def do(self, task: FollowingTask, message: FollowedMessage) -> TaskOutcome:
        """Try a task once, within the time of its claim. Raises StorageFailed."""
        allowed = TimeAllowed.after(allowed_for(task.size) / 1000)
        try:
            match task.kind:
                case TaskKind.COPY:
                    return await self._copy(task, message, allowed)
                case TaskKind.MARK:
                    return await self._mark(message, allowed)
                case TaskKind.DRAFT:
                    return await self._remove_draft(message, allowed)
                case TaskKind.FIND:
                    return await self._find(message, allowed)
        except StorageFailed:
            raise
        except PostroomError as error:
            return self._failed(task, message, error)

    async def _copy(self, task: FollowingTask, message: FollowedMessage, allowed: TimeAllowed) -> TaskOutcome:
        if message.copied is not CopyState.PENDING:
            return NothingLeft()
        buffer = BytesIO()
        async for piece in self.bodies.pieces(message.id):
            buffer.write(piece)
        sent = SentMessage(buffer.getvalue(), message.ids, _moment(message.sent_at))
        folder = sent_folder(message.settings, message.plan)
        filed = await self.sent_mail.file(message.account, folder, sent, allowed, is_repeated=task.attempts > 1)
        return CopyStored(filed.path)

    async def _mark(self, message: FollowedMessage, allowed: TimeAllowed) -> TaskOutcome:
        answers = message.plan.answers
        if answers is None:
            return NothingLeft()
        change = Change(Edit(add=(_flag(answers),)))
        try:
            await self.changes.change(message.account, answers.message, change, allowed)
        except MessageMoved as moved:
            await self.changes.change(message.account, moved.new_id, change, allowed)
        return NothingLeft()

    async def _remove_draft(self, message: FollowedMessage, allowed: TimeAllowed) -> TaskOutcome:
        """Remove the draft for good if there is a copy in sent mail; else it is moved to the deleted mail."""
        if message.plan.draft is None:
            return NothingLeft()
        account, folder = message.account, sent_folder(message.settings, message.plan)
        has_copy = message.copied is CopyState.STORED or await self.sent_mail.has(
            account, folder, message.ids, _moment(message.sent_at), allowed
        )
        await self.changes.delete(account, message.plan.draft, allowed, force=has_copy)
        return NothingLeft()

    async def _find(self, message: FollowedMessage, allowed: TimeAllowed) -> TaskOutcome:
        """Look for an unknown message. That it is not there proves nothing.

        A copy proves nothing either when a server took the message for other recipients before.
        """
        if message.state is not MessageState.UNKNOWN or message.was_sent_before or not message.settings.wants_imap:
            return NothingLeft()
        after = _moment(message.sent_at - _CLOCKS_DIFFER)
        found = await self.sent_mail.find(message.account, message.ids, after, allowed)
        return FoundInSentMail(found) if found is not None else self._look_again(message)

    def _look_again(self, message: FollowedMessage) -> TaskOutcome:
        now = self.clock()
        wait = next_look(now - message.sent_at)
        return NothingLeft() if wait is None else Postponed(now + wait)

    def _failed(self, task: FollowingTask, message: FollowedMessage, error: PostroomError) -> TaskOutcome:
        trouble, now = trouble_of(error), self.clock()
        if now < message.follows_since + trouble.worth:
            about = trouble.is_about_the_account
            pause = pause_after(task.attempts, self.roll(), is_about_the_account=about)
            return Postponed(now + pause, error.message, whole_account=about)
        log.info(
            "a task after sending is given up",
            account=message.account,
            task=task.kind.value,
            queue_id=message.queue_id,
            code=error.code,
            error=error.message,
        )
        if task.kind is TaskKind.FIND:
            again = self._look_again(message)
            return replace(again, error=error.message) if isinstance(again, Postponed) else again
        if task.kind is TaskKind.COPY:
            return CopyGivenUp(sent_folder(message.settings, message.plan), error.message)
        return NothingLeft()


def _flag(answers: RepliesTo) -> str:
    return _FLAGS[answers.action]


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
