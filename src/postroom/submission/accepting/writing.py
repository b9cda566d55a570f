"""Writes the message that a caller asks for: its octets, its envelope, its plan. Bcc is left out here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from postroom.mail.composing.compose import Composed, compose
from postroom.mail.composing.draft import Correspondent, Draft, Stamp
from postroom.mail.composing.images import with_inline_images
from postroom.mail.composing.preview import with_preview
from postroom.mail.composing.whole.message import CONTROL, UnsendableWhole, WholeMessage, read_whole, rewritten
from postroom.mailboxes.uploading.upload import Referred
from postroom.mailboxes.uploading.writing import OCTETS_PER_ITEM, Writing, effort
from postroom.mailboxes.visit import TimeAllowed
from postroom.submission.accepting.checking import draft_problems
from postroom.submission.accepting.controls import read_controls
from postroom.submission.accepting.envelopes import envelope_of
from postroom.submission.accepting.model import ToSubmit
from postroom.submission.accepting.problems import InvalidSubmission, SubmissionProblem
from postroom.submission.accepting.submission import Submission, WrittenMessage
from postroom.submission.plan import RepliesTo, SendingPlan
from postroom.tasks import aside
from postroom.traces import context

__all__ = ["to_submit", "write"]

_NEVER_SENT: Final = frozenset({"bcc", "resent-bcc"})
_EFFORT_OF_ADDRESS: Final = 40
"""Microseconds, about, in which an address is checked."""


async def write(writing: Writing, account: str, submission: Submission, allowed: TimeAllowed) -> WrittenMessage:
    """Return the message that a caller asks to be sent.

    Raises InvalidSubmission, AccountNotFound, and for what it takes from other messages InvalidId, ReferenceNotFound,
    ReferenceTooLarge, and what `MailVisits.message` raises.
    """
    own = await writing.own(account)
    whole, said = await _read(submission.raw) if submission.raw is not None else (None, None)
    asked = await _asked(submission, own, said)
    controls = read_controls(*((whole.controls(), "raw") if whole is not None else (_controls(asked), "headers")))
    send_at = controls.send_at if submission.send_at is None else submission.send_at
    head, referred = await writing.completed(
        account, _merged(asked, said), own, allowed, reference=submission.reference, files=submission.files
    )
    sender, recipients = await aside(
        _effort_of_addresses(submission, head), lambda: envelope_of(submission, asked, head, said)
    )
    stamp = _stamp_of(writing.stamp(), send_at)
    if whole is not None:
        done = await _rewritten(whole, head, stamp)
    else:
        done = await aside(effort(head), lambda: _composed(head, submission.preview_text, stamp))
    return WrittenMessage(
        octets=done.octets,
        message_id=done.message_id,
        subject=head.subject,
        sender=sender,
        recipients=recipients,
        plan=_plan(submission, done.octets, referred),
        send_at=send_at,
        most_attempts=submission.most_attempts or controls.most_attempts,
        referred=referred,
    )


def to_submit(account: str, submission: Submission, written: WrittenMessage) -> ToSubmit:
    """Return a written message as it is stored."""
    return ToSubmit(
        account=account,
        sender=written.sender,
        recipients=written.recipients,
        message_id=written.message_id,
        subject=written.subject,
        octets=written.octets,
        plan=written.plan,
        send_at=written.send_at,
        most_attempts=written.most_attempts,
        proxy=submission.proxy.reveal() if submission.proxy else None,
    )


async def _read(raw: bytes) -> tuple[WholeMessage, Draft]:
    """Return a whole message, and what its header says. Raises InvalidSubmission."""

    def read() -> tuple[WholeMessage, Draft]:
        whole = read_whole(raw)
        return whole, whole.said()

    try:
        return await aside(len(raw) // OCTETS_PER_ITEM, read)
    except UnsendableWhole as error:
        raise InvalidSubmission([SubmissionProblem("raw", str(error))]) from error


async def _rewritten(whole: WholeMessage, head: Draft, stamp: Stamp) -> Composed:
    try:
        return await aside(len(whole.octets) // OCTETS_PER_ITEM, lambda: rewritten(whole, head, stamp))
    except UnsendableWhole as error:
        raise InvalidSubmission([SubmissionProblem("raw", str(error))]) from error


async def _asked(submission: Submission, own: Correspondent, said: Draft | None) -> Draft:
    """Return what the fields of the request say. Raises InvalidSubmission."""
    usual = said.sender if said is not None and said.sender.address else own
    asked = submission.draft(usual) if submission.draft is not None else Draft(usual)
    problems = await aside(_effort_of_addresses(submission, asked), lambda: list(draft_problems(asked, submission)))
    if problems:
        raise InvalidSubmission(problems)
    return asked


def _effort_of_addresses(submission: Submission, draft: Draft) -> int:
    """Return about how many microseconds it takes to check the addresses of a message."""
    people = len(draft.to) + len(draft.cc) + len(draft.bcc) + len(draft.reply_to)
    return _EFFORT_OF_ADDRESS * (people + len(submission.envelope.recipients))


def _merged(asked: Draft, said: Draft | None) -> Draft:
    """Return a draft with what the header of a whole message says, as far as the fields say nothing else."""
    if said is None:
        return asked
    return replace(
        asked,
        to=asked.to or said.to,
        cc=asked.cc or said.cc,
        bcc=asked.bcc or said.bcc,
        reply_to=asked.reply_to or said.reply_to,
        subject=asked.subject or said.subject,
        message_id=asked.message_id or said.message_id,
        in_reply_to=said.in_reply_to,
        references=said.references,
    )


def _controls(asked: Draft) -> dict[str, str]:
    """Return the further fields that tell us how to send the message, by what follows `X-EE-` in lower case."""
    named = ((name.lower(), value) for name, value in asked.headers)
    return {name.removeprefix(CONTROL): value for name, value in named if name.startswith(CONTROL)}


def _composed(head: Draft, preview: str, stamp: Stamp) -> Composed:
    kept = tuple(
        (name, value)
        for name, value in head.headers
        if name.lower() not in _NEVER_SENT and not name.lower().startswith(CONTROL)
    )
    draft = with_inline_images(replace(head, bcc=(), headers=kept), stamp)
    if draft.html is not None:
        draft = replace(draft, html=with_preview(draft.html, preview))
    return compose(draft, stamp)


def _stamp_of(stamp: Stamp, send_at: int | None) -> Stamp:
    """Return the stamp of a message that is sent later: its date is when it is sent."""
    if send_at is None or send_at <= stamp.date.timestamp() * 1000:
        return stamp
    try:
        return replace(stamp, date=datetime.fromtimestamp(send_at / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return stamp


def _plan(submission: Submission, octets: bytes, referred: Referred | None) -> SendingPlan:
    reference = submission.reference
    is_answer = referred is not None and referred.problem is None
    body = octets.find(b"\r\n\r\n")
    has_utf8_header = not octets[:body].isascii()
    return SendingPlan(
        copy=submission.copy,
        sent_folder=submission.sent_folder,
        dsn=submission.dsn,
        answers=RepliesTo(reference.message, reference.action) if reference is not None and is_answer else None,
        draft=submission.stored_draft,
        local_address=submission.local_address,
        has_proxy=bool(submission.proxy),
        # The body is copied only where the header leaves it open.
        is_eight_bit=not octets[body:].isascii() if has_utf8_header else not octets.isascii(),
        has_utf8_header=has_utf8_header,
        trace=context(),
    )
