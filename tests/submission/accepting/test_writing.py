"""From a request to octets and envelope, with a mailbox at the scriptable server for what it refers to."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from postroom.accounts.settings.secret import SecretUrl
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure
from postroom.mail.ids import message_id
from postroom.mailboxes.failures import ReferenceNotFound
from postroom.mailboxes.uploading.upload import Referred, ReferredTo
from postroom.mailboxes.uploading.writing import Writing
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.smtp.envelope import Dsn
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.submission import GivenEnvelope, Submission, WrittenMessage
from postroom.submission.accepting.writing import to_submit, write
from postroom.submission.plan import RepliesTo, SendingPlan
from tests.fakes.imap_server import FakeImapServer

ANN, BOB, CID = (Correspondent(f"{name}@example.com") for name in ("ann", "bob", "cid"))
ORIGINAL = (
    b"From: ann@example.com\r\nTo: me@example.com, bob@example.com\r\nBcc: hidden@example.com\r\n"
    b"Subject: AW: Offer\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n"
)
RAW = (
    b"From: Ann <ann@example.com>\nTo: bob@example.com\nBCC: cid@example.com,\n dan@example.com\nSubject: Hi\n\nHello\n"
)


@pytest.fixture
def migrated_url(migrated_sqlite_url: str) -> str:
    """Nothing is stored here, so one engine is enough."""
    return migrated_sqlite_url


async def written(visits: MailVisits, submission: Submission) -> WrittenMessage:
    writing = Writing(visits, clock=lambda: 0, random=lambda: "r7")
    return await write(writing, "a", submission, TimeAllowed.after(10.0))


async def problems(visits: MailVisits, submission: Submission) -> dict[str, str]:
    with pytest.raises(InvalidSubmission) as failed:
        await written(visits, submission)
    return {each.key: each.message for each in failed.value.problems}


def parsed(done: WrittenMessage) -> EmailMessage:
    message = message_from_bytes(done.octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def in_inbox(visits: MailVisits, mail: FakeImapServer) -> str:
    """Put the original into the inbox; return its id."""
    mail.append("u1", ORIGINAL)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10.0)) as folder:
        return message_id(folder.number, 1)


async def test_blind_copies_are_recipients_and_in_no_header(own_visits: MailVisits) -> None:
    headers = (("Resent-Bcc", "x@example.com"), ("X-EE-Delivery-Attempts", "3"), ("X-Mine", "stays"))

    def draft(own: Correspondent) -> Draft:
        return Draft(own, to=(ANN,), cc=(BOB, ANN), bcc=(CID,), text="Hi", subject="S", headers=headers)

    done = await written(own_visits, Submission(draft))
    assert (done.sender, done.recipients) == (
        "me@example.com",
        ("ann@example.com", "bob@example.com", "cid@example.com"),
    )
    message = parsed(done)
    assert set(message.keys()) == {
        *("Date", "From", "To", "Cc", "Subject", "Message-ID", "X-Mine", "MIME-Version", "Content-Type"),
        "Content-Transfer-Encoding",
    }
    assert str(message["from"]) == "Me <me@example.com>"
    assert (done.message_id, done.subject, done.most_attempts) == ("<r7@example.com>", "S", 3)
    assert done.plan == SendingPlan()


async def test_the_plan_is_what_the_caller_asked_for(own_visits: MailVisits) -> None:
    asked = Submission(
        lambda own: Draft(own, to=(Correspondent("j\u00f6@example.com"),)),
        copy=False,
        sent_folder="Out",
        dsn=Dsn("7", "full"),
        local_address="192.0.2.1",
        proxy=SecretUrl("socks5://proxy.example"),
        stored_draft="AAAA",
        send_at=86_400_000,
        most_attempts=2,
        envelope=GivenEnvelope("bounces@example.com", ("one@b\u00fccher.example",)),
    )
    done = await written(own_visits, asked)
    assert done.plan == SendingPlan(
        copy=False,
        sent_folder="Out",
        dsn=Dsn("7", "full"),
        draft="AAAA",
        local_address="192.0.2.1",
        has_proxy=True,
        has_utf8_header=True,
    )
    assert (done.sender, done.recipients) == ("bounces@example.com", ("one@xn--bcher-kva.example",))
    assert (done.send_at, done.most_attempts) == (86_400_000, 2)
    assert str(parsed(done)["date"]) == "Fri, 02 Jan 1970 00:00:00 +0000"
    stored = to_submit("a", asked, done)
    assert (stored.account, stored.octets, stored.plan, stored.send_at) == ("a", done.octets, done.plan, 86_400_000)
    assert (stored.proxy, stored.most_attempts) == ("socks5://proxy.example", 2)


async def test_a_reply_goes_to_those_the_original_leads_to(own_visits: MailVisits, mail: FakeImapServer) -> None:
    id_ = await in_inbox(own_visits, mail)
    reference = ReferredTo(id_, "reply-all", inline=True, message_id="1@x")
    done = await written(own_visits, Submission(lambda own: Draft(own, text="Yes"), reference=reference))
    assert done.recipients == ("ann@example.com", "bob@example.com")
    assert (done.subject, done.plan.answers, done.referred) == ("Re: Offer", RepliesTo(id_, "reply-all"), Referred(id_))
    message = parsed(done)
    assert (message["in-reply-to"], message["references"]) == ("<1@x>", "<1@x>")
    assert "> Hello" in message.get_content()


async def test_a_forwarded_message_needs_recipients(own_visits: MailVisits, mail: FakeImapServer) -> None:
    asked = Submission(lambda own: Draft(own), reference=ReferredTo(await in_inbox(own_visits, mail), "forward"))
    assert await problems(own_visits, asked) == {"to": "is required: a forwarded message has no recipients by itself"}


async def test_an_original_with_another_message_id_is_missing(own_visits: MailVisits, mail: FakeImapServer) -> None:
    reference = ReferredTo(await in_inbox(own_visits, mail), "reply", message_id="<2@x>")
    with pytest.raises(ReferenceNotFound, match="another Message-ID"):
        await written(own_visits, Submission(lambda own: Draft(own, to=(ANN,)), reference=reference))


async def test_a_missing_original_may_be_left_out(own_visits: MailVisits, mail: FakeImapServer) -> None:
    await in_inbox(own_visits, mail)
    async with own_visits.folder("a", "INBOX", TimeAllowed.after(10.0)) as folder:
        reference = ReferredTo(message_id(folder.number, 99), "reply", ignore_missing=True)
    asked = Submission(lambda own: Draft(own, to=(ANN,)), reference=reference)
    done = await written(own_visits, asked)
    assert done.referred is not None
    assert done.referred.problem is not None
    assert done.plan.answers is None
    nobody = await problems(own_visits, Submission(reference=reference))
    assert nobody == {"to": "is required: the referenced message leads to nobody"}


async def test_a_whole_message_is_sent_to_those_it_names(own_visits: MailVisits) -> None:
    done = await written(own_visits, Submission(raw=b"X-EE-Send-At: 1970-01-02T00:00:00Z\n" + RAW))
    assert done.octets == (
        b"From: Ann <ann@example.com>\r\nTo: bob@example.com\r\nSubject: Hi\r\nMessage-ID: <r7@example.com>\r\n"
        b"Date: Fri, 02 Jan 1970 00:00:00 +0000\r\nMIME-Version: 1.0\r\n\r\nHello\r\n"
    )
    assert (done.sender, done.recipients) == (
        "ann@example.com",
        ("bob@example.com", "cid@example.com", "dan@example.com"),
    )
    assert (done.send_at, done.subject, done.message_id) == (86_400_000, "Hi", "<r7@example.com>")


async def test_fields_beside_a_whole_message_replace_its_own(own_visits: MailVisits) -> None:
    def draft(own: Correspondent) -> Draft:
        return Draft(own, to=(CID,), subject="Other", message_id="<mine@x>", headers=(("X-Mine", "m"),))

    done = await written(own_visits, Submission(draft, raw=RAW))
    message = parsed(done)
    assert [(name, str(value)) for name, value in message.items() if name not in ("Date", "MIME-Version")] == [
        ("From", "Ann <ann@example.com>"),
        ("To", "cid@example.com"),
        ("Subject", "Other"),
        ("X-Mine", "m"),
        ("Message-ID", "<mine@x>"),
    ]
    assert done.recipients == ("cid@example.com", "dan@example.com")


async def test_a_whole_message_may_answer_another(own_visits: MailVisits, mail: FakeImapServer) -> None:
    reference = ReferredTo(await in_inbox(own_visits, mail), "reply")
    done = await written(own_visits, Submission(raw=b"\nYes\n", reference=reference))
    message = parsed(done)
    assert (message["to"], message["subject"], message["in-reply-to"]) == ("ann@example.com", "Re: Offer", "<1@x>")
    assert (str(message["from"]), done.recipients) == ("Me <me@example.com>", ("ann@example.com",))


async def test_images_and_preview_are_in_the_html(own_visits: MailVisits) -> None:
    html = "<body><img src='data:image/png;base64,AAAA'></body>"
    asked = Submission(lambda own: Draft(own, to=(ANN,), html=html), preview_text="Look < here")
    message = parsed(await written(own_visits, asked))
    assert message.get_content_type() == "multipart/related"
    page, image = message.iter_parts()
    assert page.get_content().startswith("<body><div style=")
    assert "Look &lt; here</div>" in page.get_content()
    assert f'"cid:{image["content-id"][1:-1]}"' in page.get_content()


async def test_every_problem_is_named(own_visits: MailVisits) -> None:
    def draft(own: Correspondent) -> Draft:
        return Draft(
            own, to=(ANN, Correspondent("x\r\nBcc: y@z.example")), subject="a\nb", enclosures=(Enclosure(b"", "a\rb"),)
        )

    assert (await problems(own_visits, Submission(draft))).keys() == {"to.1.address", "subject", "attachments"}
    assert await problems(own_visits, Submission(lambda own: Draft(own, text="Hi"))) == {
        "to": "is required: the message has no recipient"
    }
    broken = await problems(own_visits, Submission(raw=b"Subject x\n\nbody"))
    assert broken == {"raw": "is no message: line 1 is no header field"}
    signed = b"Content-Type: multipart/signed; boundary=b\n\n--b\n\n" + b"x" * 1000 + b"\n--b--\n"
    assert (await problems(own_visits, Submission(raw=b"To: a@b.example\n" + signed))).keys() == {"raw"}


async def test_an_account_without_an_address_needs_a_sender(visits: MailVisits) -> None:
    asked = Submission(lambda own: Draft(own, to=(ANN,)))
    assert await problems(visits, asked) == {"from": "is required: the account has no e-mail address"}
