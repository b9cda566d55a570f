"""From a request to octets and envelope, with a mailbox at the scriptable server for what it refers to."""

from __future__ import annotations

import pytest

from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mailboxes.uploading.writing import Writing
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.submission import GivenEnvelope, Submission, WrittenMessage
from postroom.submission.accepting.writing import write

ANN, BOB, CID = (Correspondent(f"{name}@example.com") for name in ("ann", "bob", "cid"))


async def written(visits: MailVisits, submission: Submission) -> WrittenMessage:
    writing = Writing(visits, clock=lambda: 0, random=lambda: "r7")
    return await write(writing, "a", submission, TimeAllowed.after(10.0))


async def test_blind_copies_are_recipients_and_in_no_header(visits: MailVisits) -> None:
    done = await written(visits, Submission(lambda own: Draft(own, to=(ANN,), cc=(BOB, ANN), bcc=(CID,), text="Hi")))
    assert done.recipients == ("ann@example.com", "bob@example.com", "cid@example.com")
    assert b"cid" not in done.octets
    assert b"\r\nTo: ann@example.com\r\nCc: bob@example.com, ann@example.com\r\n" in done.octets


async def test_a_given_envelope_wins(visits: MailVisits) -> None:
    envelope = GivenEnvelope("bounces@example.com", ("one@b\u00fccher.example",))
    done = await written(visits, Submission(lambda own: Draft(own, to=(ANN,)), envelope=envelope))
    assert (done.sender, done.recipients) == ("bounces@example.com", ("one@xn--bcher-kva.example",))


async def test_a_message_for_nobody_is_an_error(visits: MailVisits) -> None:
    with pytest.raises(InvalidSubmission) as failed:
        await written(visits, Submission(lambda own: Draft(own, text="Hi")))
    assert [each.key for each in failed.value.problems] == ["to"]
