"""The envelope of a message: who it is from and for, each recipient once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.composing.fields import ascii_domain
from postroom.submission.accepting.checking import address_problem, envelope_problems
from postroom.submission.accepting.problems import InvalidSubmission, SubmissionProblem
from postroom.submission.accepting.submission import Submission

__all__ = ["MOST_RECIPIENTS", "envelope_of", "routed"]

_QUOTED_ATOM: Final = re.compile(r'"([A-Za-z0-9!#$%&\'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&\'*+/=?^_`{|}~-]+)*)"')
MOST_RECIPIENTS: Final = 3000
"""Recipients of one message: as many as the three lists of a request may hold."""

_LISTS: Final = ("to", "cc", "bcc")


def envelope_of(submission: Submission, asked: Draft, head: Draft, said: Draft | None) -> tuple[str, tuple[str, ...]]:
    """Return sender and recipients, with their domains in ASCII.

    `asked` is what the caller's fields say and is checked already, `said` what the header of a whole message says, and
    `head` what comes of both and of the message that is answered. Raises InvalidSubmission.
    """
    given = submission.envelope
    problems = [*envelope_problems(submission), *_sender_problems(asked, said)]
    if not given.recipients:
        problems += _header_problems(asked, head, said)
    recipients = given.recipients or tuple(each.address for each in (*head.to, *head.cc, *head.bcc))
    if len(recipients) > MOST_RECIPIENTS:
        key = "envelope.to" if given.recipients else "to"
        words = f"leads to {len(recipients)} recipients, and one message may have {MOST_RECIPIENTS}"
        problems.append(SubmissionProblem(key, words))
    if not recipients and not problems:
        problems.append(SubmissionProblem("to", f"is required: {_why_nobody(submission)}"))
    if problems:
        raise InvalidSubmission(problems)
    sender = head.sender.address if given.sender is None else given.sender
    once: dict[tuple[str, str], str] = {}
    for each in map(routed, recipients):
        once.setdefault(_mailbox(each), each)
    return routed(sender), tuple(once.values())


def routed(address: str) -> str:
    """Return an address as commands carry it: with its domain in ASCII."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def _mailbox(address: str) -> tuple[str, str]:
    """Return what two spellings of one address have in common (RFC 5321 section 4.1.2)."""
    local, _, domain = address.rpartition("@")
    bare = _QUOTED_ATOM.fullmatch(local)
    return bare[1] if bare else local, domain.lower()


def _sender_problems(asked: Draft, said: Draft | None) -> Iterator[SubmissionProblem]:
    address = asked.sender.address
    if said is not None and said.sender.address and asked.sender == said.sender:
        yield from address_problem("raw", address, whose="its From field holds")
    elif "@" not in address:
        # An account need not have an address.
        yield SubmissionProblem("from", "is required: the account has no e-mail address")
    else:
        yield from address_problem("from.address", address)


def _header_problems(asked: Draft, head: Draft, said: Draft | None) -> Iterator[SubmissionProblem]:
    """Yield the problems of recipients that the caller did not name in fields."""
    for name in _LISTS:
        people: tuple[Correspondent, ...] = getattr(head, name)
        if people != getattr(asked, name):
            is_raw = said is not None and people == getattr(said, name)
            key, whose = ("raw", f"its {name.title()} field holds") if is_raw else ("reference", "leads to")
            for each in people:
                yield from address_problem(key, each.address, whose=whose)


def _why_nobody(submission: Submission) -> str:
    if submission.reference is not None and submission.reference.action == "forward":
        return "a forwarded message has no recipients by itself"
    if submission.reference is not None:
        return "the referenced message leads to nobody"
    if submission.raw is not None:
        return "the header of the message names no recipients, and there is no envelope"
    return "the message has no recipient"
