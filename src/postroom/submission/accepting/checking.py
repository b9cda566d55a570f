"""Checks what a caller says about a message: nothing in it begins a header field, and every address is one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from postroom.accounts.email_address import email_fault
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.submission.accepting.problems import SubmissionProblem
from postroom.submission.accepting.submission import Submission
from postroom.words.strangers import take_in

__all__ = ["address_problem", "draft_problems", "envelope_problems"]

_BREAK: Final = re.compile(r"[\r\n\0]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_FIELD_NAME: Final = re.compile(r"[!-9;-~]{1,76}")
_NO_SURROGATE: Final = "must not hold half a character (a lone surrogate)"
_NO_BREAK: Final = "must not hold a line break or a NUL character"


def draft_problems(draft: Draft, submission: Submission) -> Iterator[SubmissionProblem]:
    """Yield what is wrong with the words of a caller."""
    for key, text in _lines(draft, submission):
        if _BREAK.search(text):
            yield SubmissionProblem(key, _NO_BREAK)
        elif _SURROGATE.search(text):
            yield SubmissionProblem(key, _NO_SURROGATE)
    for key, body in (("text", draft.text or ""), ("html", draft.html or ""), ("previewText", submission.preview_text)):
        if "\0" in body:
            yield SubmissionProblem(key, "must not hold a NUL character")
        if _SURROGATE.search(body):
            yield SubmissionProblem(key, _NO_SURROGATE)
    for name, _ in draft.headers:
        if not _FIELD_NAME.fullmatch(name):
            yield SubmissionProblem("headers", "must hold names of header fields: ASCII without spaces and colons")
    for key, people in _lists(draft):
        for place, each in enumerate(people):
            yield from address_problem(f"{key}.{place}.address", each.address)


def envelope_problems(submission: Submission) -> Iterator[SubmissionProblem]:
    """Yield what is wrong with an envelope that a caller gave. An empty sender is the null reverse-path."""
    envelope = submission.envelope
    if envelope.sender:
        yield from address_problem("envelope.from", envelope.sender)
    for place, each in enumerate(envelope.recipients):
        yield from address_problem(f"envelope.to.{place}", each)


def address_problem(key: str, address: str, *, whose: str = "") -> Iterator[SubmissionProblem]:
    """Yield what is wrong with an address. `whose` names the address where the caller did not write it in a field."""
    fault = email_fault(address)
    if fault is None:
        return
    if not whose:
        yield SubmissionProblem(key, f"must be an e-mail address: {fault}")
    else:
        yield SubmissionProblem(key, f'{whose} the address "{take_in(address, longest=80)}", which is none: {fault}')


def _lists(draft: Draft) -> Iterator[tuple[str, tuple[Correspondent, ...]]]:
    yield from (("to", draft.to), ("cc", draft.cc), ("bcc", draft.bcc), ("replyTo", draft.reply_to))


def _lines(draft: Draft, submission: Submission) -> Iterator[tuple[str, str]]:
    """Yield every text that becomes part of a header or of a command, with its field."""
    yield "from.name", draft.sender.name
    for key, people in _lists(draft):
        for place, each in enumerate(people):
            yield f"{key}.{place}.name", each.name
    yield "subject", draft.subject
    yield "messageId", draft.message_id or ""
    for name, value in draft.headers:
        yield "headers", name
        yield f"headers.{name if name.isprintable() else '?'}", value
    for file in draft.enclosures:
        yield "attachments", f"{file.filename or ''}{file.content_type}{file.cid or ''}"
    for taken in submission.files:
        yield "attachments", f"{taken.filename or ''}{taken.content_type or ''}{taken.cid or ''}"
    yield "dsn.id", submission.dsn.id or ""
    yield "dsn.recipient", submission.dsn.recipient or ""
