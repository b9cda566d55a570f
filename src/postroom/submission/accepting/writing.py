"""From what a caller asks to be sent to its octets and envelope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.composing.fields import ascii_domain
from postroom.mailboxes.uploading.writing import Writing, composed
from postroom.mailboxes.visit import TimeAllowed
from postroom.submission.accepting.problems import InvalidSubmission, SubmissionProblem
from postroom.submission.accepting.submission import Submission, WrittenMessage
from postroom.submission.plan import RepliesTo, SendingPlan

__all__ = ["write"]


async def write(writing: Writing, account: str, submission: Submission, allowed: TimeAllowed) -> WrittenMessage:
    """Return the message that a caller asks to be sent.

    Raises InvalidSubmission, AccountNotFound, and for what it takes from other messages InvalidId, ReferenceNotFound,
    ReferenceTooLarge, and what `MailVisits.message` raises.
    """
    own = await writing.own(account)
    stamp = writing.stamp()
    draft = submission.draft(own) if submission.draft is not None else Draft(own)
    draft, referred = await writing.completed(
        account, draft, own, allowed, reference=submission.reference, files=submission.files
    )
    recipients = _recipients(submission, draft)
    done = await composed(replace(draft, bcc=()), stamp)
    return WrittenMessage(
        octets=done.octets,
        message_id=done.message_id,
        subject=draft.subject,
        sender=_routed(submission.envelope.sender or draft.sender.address),
        recipients=recipients,
        plan=_plan(submission, done.octets, is_answer=referred is not None and referred.problem is None),
        send_at=submission.send_at,
        most_attempts=submission.most_attempts,
        referred=referred,
    )


def _recipients(submission: Submission, draft: Draft) -> tuple[str, ...]:
    """Return the recipients, each once, with their domains in ASCII. Raises InvalidSubmission when there are none."""
    people: Iterable[Correspondent] = (*draft.to, *draft.cc, *draft.bcc)
    given = submission.envelope.recipients or tuple(each.address for each in people)
    if not given:
        raise InvalidSubmission([SubmissionProblem("to", "is required: the message has no recipient")])
    return tuple(dict.fromkeys(map(_routed, given)))


def _routed(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def _plan(submission: Submission, octets: bytes, *, is_answer: bool) -> SendingPlan:
    reference = submission.reference
    head = octets.partition(b"\r\n\r\n")[0]
    return SendingPlan(
        copy=submission.copy,
        sent_folder=submission.sent_folder,
        dsn=submission.dsn,
        answers=RepliesTo(reference.message, reference.action) if reference is not None and is_answer else None,
        draft=submission.stored_draft,
        local_address=submission.local_address,
        has_proxy=submission.proxy is not None,
        is_eight_bit=not octets.isascii(),
        has_utf8_header=not head.isascii(),
    )
