"""Fetches the stored draft that a caller wants sent, and makes it a submission like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from postroom.clock import now_ms
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.whole.redating import with_date
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.visit import AtMessage, TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits
from postroom.submission.accepting.problems import InvalidSubmission, SubmissionProblem
from postroom.submission.accepting.submission import Submission

__all__ = ["MOST_OCTETS", "DraftHasNoRecipients", "MessageNotDraft", "StoredDrafts"]

MOST_OCTETS: Final = 50 * 1024 * 1024
"""Octets of a stored draft. Few servers take larger messages."""

_DRAFTS: Final = "\\Drafts"
_DRAFT: Final = "\\draft"
_LOOKED_AT: Final = ("FLAGS", "RFC822.SIZE", "ENVELOPE")


class MessageNotDraft(Permanent):
    """The message to be sent is no draft."""

    code = "MessageNotDraft"

    def __init__(self) -> None:
        super().__init__(
            "This message is no draft: it has no flag \\Draft and is not in the folder of drafts. To send its content "
            "again, submit a new message"
        )


class DraftHasNoRecipients(Permanent):
    """The draft names nobody, and neither does the request."""

    code = "DraftHasNoRecipients"

    def __init__(self) -> None:
        super().__init__("The draft has no recipient in To, Cc or Bcc. Name the recipients in envelope.to")


@dataclass(frozen=True, slots=True)
class StoredDrafts:
    """The drafts in the mailboxes of accounts."""

    visits: MailVisits
    clock: Callable[[], int] = now_ms

    async def submission(self, account: str, id_: str, asked: Submission, allowed: TimeAllowed) -> Submission:
        """Return `asked` with the octets of the draft with this id, ready for `writing.write`.

        `asked` holds the rest of the request: `envelope`, `copy`, `send_at` and so on, no `raw` and no `draft`. The
        draft keeps every header field but the date, which becomes the time of sending; `write` strips Bcc and adds a
        missing Message-ID. It is removed after sending.

        Raises MessageNotDraft, DraftHasNoRecipients, InvalidSubmission for a draft that is too large, and what
        `MailVisits.message` raises: MessageNotFound, MessageMoved, InvalidId, NotConnected, SessionFailed, TimedOut,
        ServerRefused.
        """
        async with self.visits.message(account, id_, allowed) as at:
            await _check(at, asked)
            raw = await _octets(at)
        sent_at = max(self.clock(), asked.send_at or 0)
        dated = with_date(raw, datetime.fromtimestamp(sent_at / 1000, UTC))
        return replace(asked, raw=dated, stored_draft=id_)


async def _check(at: AtMessage, asked: Submission) -> None:
    """Refuse what cannot be sent before its octets are fetched."""
    known = await fetch_one(at, _LOOKED_AT)
    if at.folder.role != _DRAFTS and _DRAFT not in {flag.lower() for flag in known.flags or ()}:
        raise MessageNotDraft
    told = known.envelope
    if not asked.envelope.recipients and told is not None and not any((told.to, told.cc, told.bcc)):
        raise DraftHasNoRecipients
    if known.size is not None and known.size > MOST_OCTETS:
        words = f"is a draft of {known.size} octets, and at most {MOST_OCTETS} can be sent"
        raise InvalidSubmission([SubmissionProblem("message", words)])


async def _octets(at: AtMessage) -> bytes:
    raw = (await fetch_one(at, ("BODY.PEEK[]",), largest=MOST_OCTETS)).sections.get("")
    if raw is None:
        raise IncompleteAnswer("The mail server left out the content of the draft. Try again later")
    return raw
