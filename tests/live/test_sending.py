"""Messages go from the API through a real Postfix into the mailboxes of a real Dovecot, as they were written."""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
import string
import tempfile
from collections.abc import AsyncIterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import fast_mail_parser
import hypothesis
import hypothesis.strategies as st
import pytest
import pytest_asyncio

from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import PATIENCE, Gateway, events_of, imap, sooner_or_later
from tests.live.dovecot import Dovecot
from tests.live.mailboxes import Arrived, arrival, contents
from tests.live.postfix import Postfix
from tests.supervisor.test_oauth2 import dovecot_options

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.postfix, pytest.mark.dovecot]

SENDER = "sender@example.test"
ACCOUNT = "sender"
# The last words of a message, in DATA or in its last chunk.
END = b"Hello"
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as listening:
        yield listening


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(
    tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver, postfix: Postfix
) -> AsyncIterator[Gateway]:
    """A gateway with one account that sends through Postfix."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        await running.post_webhooks_to(receiver.url)
        await registered(running, postfix, ACCOUNT, SENDER)
        yield running
        print("\n".join(running.log[-100:]))
        assert not [line for line in running.log if "Traceback" in line]


async def registered(gateway: Gateway, postfix: Postfix, account: str, address: str, **smtp: Any) -> None:
    server = imap(postfix, address, postfix.dovecot.password, **smtp)
    await gateway.register(account, imap(postfix.dovecot, address), email=address, smtp=server)
    await gateway.reaches(account, "connected")


def recipient() -> str:
    """The address of a mailbox that nobody has used."""
    return f"recipient{next(_numbers)}@example.test"


async def submitted(gateway: Gateway, body: Mapping[str, Any], account: str = ACCOUNT) -> dict[str, Any]:
    answer = await gateway.ask("POST", f"{gateway.path(account)}/submit", body)
    assert isinstance(answer, dict)
    return answer


async def told(receiver: WebhookReceiver, name: str, account: str = ACCOUNT, **data: Any) -> dict[str, Any]:
    """Wait for the event of this name with these values in its `data`; return its `data`."""
    found: list[dict[str, Any]] = []

    async def so() -> bool:
        events = [each["data"] for each in events_of(receiver, account) if each["event"] == name]
        found[:] = [each for each in events if data.items() <= each.items()]
        return bool(found)

    try:
        await sooner_or_later(so, PATIENCE)
    except AssertionError as late:
        names = [(each["event"], each["data"].get("queueId")) for each in events_of(receiver, account)]
        raise AssertionError(f"no {name} with {data}; {names[-20:]}") from late
    assert len(found) == 1, found
    return found[0]


async def arrived(dovecot: Dovecot, user: str, answer: Mapping[str, Any], mailbox: str = "INBOX") -> Arrived:
    return await arrival(dovecot, user, answer["messageId"].encode(), mailbox)


def parsed(message: Arrived) -> Any:
    """The message as a parser in another language reads it."""
    return fast_mail_parser.parse_email(message.octets)


def attached(message: Any) -> dict[str, bytes]:
    return {each.filename: bytes(each.content) for each in message.attachments}


# As it was written


async def test_it_arrives_as_it_was_written_and_its_copy_is_the_same(
    gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot
) -> None:
    to, cc, bcc = recipient(), recipient(), recipient()
    subject, text = "Grüße " + "aus dem Süden " * 12, ".one dot\n..two dots\nFrom here\n" + "ein Wort " * 300 + "\nç\n"
    files = {"Übersicht 2026 “neu”.pdf": bytes(range(256)), "picture.png": b"\x89PNG"}
    pdf, png = (b64(content) for content in files.values())
    body = {
        "to": [{"name": "Zoë “Z” Example, Ph.D.", "address": to}],
        "cc": [{"address": cc}],
        "bcc": [{"address": bcc}],
        "subject": subject,
        "text": text,
        "html": "<p>Grüße <img src='cid:picture'></p>",
        "attachments": [
            {"filename": "Übersicht 2026 “neu”.pdf", "contentType": "application/pdf", "content": pdf},
            {"filename": "picture.png", "contentType": "image/png", "cid": "picture", "content": png},
        ],
    }
    answer = await submitted(gateway, body)
    sent = await told(receiver, "messageSent", queueId=answer["queueId"])
    assert sent["envelope"] == {"from": SENDER, "to": [to, cc, bcc]}
    assert sent["messageId"] == answer["messageId"]
    messages = [await arrived(dovecot, each, answer) for each in (to, cc, bcc)]
    copy = await arrived(dovecot, SENDER, answer, "Sent")
    assert {each.as_sent for each in messages} == {messages[0].as_sent}
    assert bcc.encode() not in messages[0].as_sent
    assert copy.flags >= {"\\Seen"}
    read = parsed(messages[0])
    assert read.subject == subject.strip()
    assert [each.replace("\r\n", "\n") for each in read.text_plain] == [text]
    assert "cid:picture" in read.text_html[0]
    assert attached(read) == files
    assert max(map(len, messages[0].as_sent.split(b"\r\n"))) <= 998
    without_bcc = b"".join(line for line in copy.octets.splitlines(True) if not line.startswith(b"Bcc:"))
    assert without_bcc == messages[0].as_sent


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co")), max_size=60)
local_parts = st.text(string.ascii_lowercase + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=30)


@hypothesis.settings(max_examples=15)
@hypothesis.given(
    subject=words, name=words, local=local_parts, text=words, filename=words, content=st.binary(max_size=300)
)
async def test_hard_subjects_names_texts_and_files_arrive(
    gateway: Gateway,
    dovecot: Dovecot,
    subject: str,
    name: str,
    local: str,
    text: str,
    filename: str,
    content: bytes,
) -> None:
    to = recipient()
    filename = f"a{filename.replace('/', '').replace(chr(92), '')}.bin"
    answer = await submitted(
        gateway,
        {
            "to": [{"name": name, "address": to}, {"address": f"x{local}@example.test"}],
            "subject": subject,
            "text": text,
            "attachments": [{"filename": filename, "contentType": "application/zip", "content": b64(content)}],
        },
    )
    read = parsed(await arrived(dovecot, to, answer))
    assert " ".join(read.subject.split()) == " ".join(subject.split())
    assert "".join(read.text_plain).strip() == text.strip()
    assert list(attached(read).values()) == [content]
    assert " ".join(next(iter(attached(read))).split()) == " ".join(filename.split())


async def test_raw_is_sent_octet_by_octet_but_for_bcc(gateway: Gateway, dovecot: Dovecot) -> None:
    to, hidden = recipient(), recipient()
    message = EmailMessage()
    message["From"], message["To"], message["Bcc"] = SENDER, to, hidden
    message["Subject"], message["Message-ID"] = "raw", f"<raw{next(_numbers)}@example.test>"
    message["Date"] = "Sat, 28 Nov 2026 09:00:00 +0000"
    message.set_content("naïve\n.\n..\n", cte="8bit")
    octets = message.as_bytes().replace(b"\n", b"\r\n")
    answer = await submitted(gateway, {"raw": b64(octets)})
    assert answer["messageId"] == message["Message-ID"]
    expected = b"".join(line for line in octets.splitlines(True) if not line.startswith(b"Bcc:"))
    for each in (to, hidden):
        assert (await arrived(dovecot, each, answer)).as_sent == expected


@pytest.mark.long
async def test_a_large_message_goes_out_whole(gateway: Gateway, dovecot: Dovecot) -> None:
    to, content = recipient(), bytes(range(256)) * 20_000
    file = {"filename": "large.bin", "contentType": "application/zip", "content": b64(content)}
    answer = await submitted(gateway, {"to": [{"address": to}], "subject": "large", "attachments": [file]})
    assert attached(parsed(await arrived(dovecot, to, answer))) == {"large.bin": content}


# Replies and forwards


async def test_a_reply_goes_to_the_sender_and_marks_the_original(
    gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot
) -> None:
    other = recipient()
    original = f"<original{next(_numbers)}@example.test>"
    letter = f"From: Ada <{other}>\r\nTo: {SENDER}\r\nSubject: Question\r\nMessage-ID: {original}\r\n\r\nWhen?\r\n"
    await asyncio.to_thread(dovecot.deliver, SENDER, letter.encode())
    news = await told(receiver, "messageNew", messageId=original)
    reference = {"message": news["id"], "action": "reply", "inline": True}
    answer = await submitted(gateway, {"reference": reference, "text": "Now."})
    await told(receiver, "messageSent", queueId=answer["queueId"])
    message = await arrived(dovecot, other, answer)
    read = parsed(message)
    assert read.subject == "Re: Question"
    assert read.headers["In-Reply-To"] == read.headers["References"] == [original]
    assert "Now." in read.text_plain[0]
    assert "> When?" in read.text_plain[0]
    await arrived(dovecot, SENDER, answer, "Sent")
    await marked(dovecot, original, "\\Answered")


async def test_a_forwarded_message_takes_its_attachments_along(
    gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot
) -> None:
    to = recipient()
    original = f"<forwarded{next(_numbers)}@example.test>"
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"], letter["Message-ID"] = "a@example.test", SENDER, "Plan", original
    letter.set_content("See there.\n")
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    await asyncio.to_thread(dovecot.deliver, SENDER, letter.as_bytes().replace(b"\n", b"\r\n"))
    news = await told(receiver, "messageNew", messageId=original)
    reference = {"message": news["id"], "action": "forward", "inline": True, "forwardAttachments": True}
    answer = await submitted(gateway, {"reference": reference, "to": [{"address": to}], "text": "FYI"})
    read = parsed(await arrived(dovecot, to, answer))
    assert read.subject == "Fwd: Plan"
    assert attached(read) == {"plan.pdf": b"%PDF"}
    await marked(dovecot, original, "$Forwarded")


async def marked(dovecot: Dovecot, message_id: str, flag: str) -> None:
    async def so() -> bool:
        messages = await asyncio.to_thread(contents, dovecot, SENDER)
        return any(flag in each.flags for each in messages if message_id.encode() in each.as_sent[:400])

    await sooner_or_later(so, PATIENCE, f"{flag} of {message_id}")


# What does not arrive


async def test_a_refused_recipient_is_told_apart_from_the_others(
    gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot
) -> None:
    to, missing = recipient(), "missing@example.test"
    answer = await submitted(gateway, {"to": [{"address": to}, {"address": missing}], "text": "Hello"})
    sent = await told(receiver, "messageSent", queueId=answer["queueId"])
    assert sent["envelope"]["to"] == [to]
    (refused,) = sent["refused"]
    assert (refused["recipient"], refused["smtpResponseCode"], refused["enhancedCode"]) == (missing, 550, "5.1.1")
    item = await gateway.ask("GET", f"/v1/outbox/{answer['queueId']}")
    assert item["state"] == "sent"
    assert {each["address"]: each["state"] for each in item["recipients"]} == {to: "sent", missing: "refused"}
    await arrived(dovecot, to, answer)


async def test_a_message_for_nobody_fails_once(gateway: Gateway, receiver: WebhookReceiver) -> None:
    answer = await submitted(gateway, {"to": [{"address": "missing2@example.test"}], "text": "Hello"})
    failed = await told(receiver, "messageFailed", queueId=answer["queueId"])
    error = await told(receiver, "messageDeliveryError", queueId=answer["queueId"])
    assert error["job"]["nextAttempt"] is False
    assert error["smtpResponseCode"] == 550
    assert "User unknown" in failed["error"]


async def test_a_bounce_finds_the_message_it_is_about(gateway: Gateway, receiver: WebhookReceiver) -> None:
    answer = await submitted(
        gateway, {"to": [{"address": "gone@bounces.test"}], "subject": "Anybody?", "text": "Hello"}
    )
    await told(receiver, "messageSent", queueId=answer["queueId"])
    bounce = await told(receiver, "messageBounce", queueId=answer["queueId"])
    assert bounce["recipient"] == "gone@bounces.test"
    assert bounce["messageId"] == answer["messageId"]
    assert bounce["response"]["category"] == "user_unknown"
    item = await gateway.ask("GET", f"/v1/outbox/{answer['queueId']}")
    assert [each["state"] for each in item["recipients"]] == ["bounced"]


# What is not known


@pytest_asyncio.fixture(loop_scope="session")
async def cut_off(gateway: Gateway, receiver: WebhookReceiver, postfix: Postfix) -> AsyncIterator[FaultProxy]:
    """The line between an account `cut` and a Postfix without TLS, so that the proxy can read it."""
    async with (
        Postfix(postfix.dovecot, starttls=False) as open_postfix,
        FaultProxy(postfix.host, open_postfix.port) as proxy,
    ):
        await registered(gateway, postfix, "cut", "cut@example.test", host=proxy.host, port=proxy.port)
        # The first message signs in; the next ones find the connection open.
        first = await submitted(gateway, {"to": [{"address": recipient()}], "text": "Hello"}, "cut")
        await told(receiver, "messageSent", "cut", queueId=first["queueId"])
        yield proxy
        await gateway.delete("cut")


@pytest.mark.long
async def test_a_lost_answer_is_unknown_until_sent_mail_proves_it(
    gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot, cut_off: FaultProxy
) -> None:
    to = recipient()
    cut_off.lose_answer(END)
    answer = await submitted(gateway, {"to": [{"address": to}], "text": "Hello"}, "cut")
    await told(receiver, "messageUnknown", "cut", queueId=answer["queueId"])
    message = await arrived(dovecot, to, answer)
    # As a provider does that files sent mail itself.
    await asyncio.to_thread(dovecot.deliver, "cut@example.test", message.as_sent, "Sent")
    resolved = await told(receiver, "messageResolved", "cut", queueId=answer["queueId"])
    assert (resolved["as"], resolved["by"]) == ("sent", "sentMail")
    item = await gateway.ask("GET", f"/v1/outbox/{answer['queueId']}")
    assert (item["state"], item["recipients"][0]["state"]) == ("sent", "sent")
    # Once at the recipient, once in sent mail.
    await arrived(dovecot, to, answer)
    await arrived(dovecot, "cut@example.test", answer, "Sent")


async def test_a_bounce_proves_that_a_message_was_sent(
    gateway: Gateway, receiver: WebhookReceiver, cut_off: FaultProxy
) -> None:
    cut_off.lose_answer(END)
    answer = await submitted(gateway, {"to": [{"address": "lost@bounces.test"}], "text": "Hello"}, "cut")
    await told(receiver, "messageUnknown", "cut", queueId=answer["queueId"])
    resolved = await told(receiver, "messageResolved", "cut", queueId=answer["queueId"])
    assert (resolved["as"], resolved["by"]) == ("sent", "bounce")
    item = await gateway.ask("GET", f"/v1/outbox/{answer['queueId']}")
    assert (item["state"], item["recipients"][0]["state"]) == ("sent", "bounced")


# Ways to the server


@pytest.mark.parametrize("secure", [False, True])
async def test_with_starttls_and_with_tls(
    gateway: Gateway, receiver: WebhookReceiver, postfix: Postfix, dovecot: Dovecot, secure: bool
) -> None:
    account, to = f"tls-{secure}".lower(), recipient()
    port = postfix.tls_port if secure else postfix.port
    await registered(gateway, postfix, account, f"{account}@example.test", host="localhost", port=port, secure=secure)
    answer = await submitted(gateway, {"to": [{"address": to}], "text": "Hello"}, account)
    await told(receiver, "messageSent", account, queueId=answer["queueId"])
    message = await arrived(dovecot, to, answer)
    assert b"with ESMTPSA" in message.octets
    await gateway.delete(account)


@pytest_asyncio.fixture(loop_scope="session")
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", params=["xoauth2", "oauthbearer"])
async def takes_tokens(request: pytest.FixtureRequest, provider: OpenIdProvider) -> AsyncIterator[Postfix]:
    """Servers that take access tokens by one mechanism, and ask the provider about each."""
    folder = Path(tempfile.mkdtemp(prefix="postroom-oauth2-"))
    try:
        async with Dovecot(dovecot_options(folder, provider, request.param)) as mail, Postfix(mail) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.mark.long
async def test_with_an_access_token(
    request: pytest.FixtureRequest,
    gateway: Gateway,
    receiver: WebhookReceiver,
    provider: OpenIdProvider,
    takes_tokens: Postfix,
) -> None:
    mail, mechanism = takes_tokens.dovecot, request.node.callspec.params["takes_tokens"]
    account, user, to = f"token-{mechanism}", f"{mechanism}@example.test", recipient()
    store = {"host": mail.host, "port": mail.port, "secure": False}
    smtp = {"host": takes_tokens.host, "port": takes_tokens.port, "secure": False}
    await gateway.ask("POST", "/v1/oauth2", provider.application(id=mechanism, imap=store, smtp=smtp))
    block = {"provider": mechanism, "auth": {"user": user}, "refreshToken": provider.grant(user)}
    await gateway.register(account, store, email=user, smtp=smtp, oauth2=block)
    await gateway.reaches(account, "connected")
    # A token that is refused is replaced, and the message goes out all the same.
    provider.access.clear()
    answer = await submitted(gateway, {"to": [{"address": to}], "text": "Hello"}, account)
    await told(receiver, "messageSent", account, queueId=answer["queueId"])
    await arrived(mail, to, answer)
    assert f"sasl_method={mechanism.upper()}" in takes_tokens.log_text()
    await gateway.delete(account)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()
