"""Submissions over HTTP: what is stored to be sent, once for each key, and what is refused by name before."""

from __future__ import annotations

import asyncio
import base64
import email.policy
import io
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from postroom.storage.schema.sending import submission_recipients, submissions
from postroom.storage.tables import accounts
from tests.api.conftest import SMTP, Client, client_of
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.test_tokens import issue
from tests.fakes.failing_database import FailingDatabase
from tests.fakes.imap_server import FakeImapServer

PATH = "/v1/account/a/submit"
LETTER = {"to": "ada@example.com", "subject": "Offer", "text": "Hello"}
DRAFT = b"From: a@b.example\r\nTo: ada@example.com\r\nMessage-ID: <d@x>\r\nSubject: Draft\r\n\r\nHello\r\n"


def in_base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def read(preview: str) -> EmailMessage:
    message = message_from_bytes(base64.b64decode(preview), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
async def office(client: Client) -> Client:
    """An account `a` that sends, and has never connected to its mailbox."""
    await client.register("a", email="a@b.example", smtp=SMTP)
    return client


@pytest.fixture
async def mailed_office(client: Client, mail: FakeImapServer) -> Client:
    """An account `a` that sends, and is connected to the scriptable mail server."""
    await connect(client, mail.port, "u1")
    assert (await client.put("/v1/account/a", {"smtp": SMTP})).status == 200
    return client


async def stored(client: Client) -> list[Any]:
    return await client.db.read(lambda conn: list(conn.execute(sa.select(submissions).order_by(submissions.c.id))))


async def preview(client: Client, **body: Any) -> EmailMessage:
    answer = await client.post(PATH, {"dryRun": True, **body})
    assert answer.status == 200, answer.text
    return read(answer.body["preview"])


async def test_a_message_is_queued_though_the_mailbox_is_not_connected(office: Client) -> None:
    answer = await office.post(PATH, {**LETTER, "bcc": ["bob@example.com"], "sendAt": "2100-01-02T03:04:05Z"})
    assert (answer.status, answer.body["response"]) == (200, "Queued for delivery"), answer.text
    assert answer.body["sendAt"] == "2100-01-02T03:04:05.000Z"
    assert {"reference", "preview", "idempotency"}.isdisjoint(answer.body)
    (row,) = await stored(office)
    assert (row.queue_id, row.message_id) == (answer.body["queueId"], answer.body["messageId"])
    assert (row.state, row.sender, row.subject) == ("queued", "a@b.example", "Offer")
    known = sa.select(submission_recipients.c.address).order_by(submission_recipients.c.place)
    recipients = await office.db.read(lambda conn: list(conn.execute(known).scalars()))
    assert recipients == ["ada@example.com", "bob@example.com"]


async def test_a_time_in_the_past_is_now(office: Client) -> None:
    answer = await office.post(PATH, {**LETTER, "sendAt": "2020-01-01T00:00:00Z"})
    assert answer.body["sendAt"] > "2026"


async def test_a_dry_run_shows_the_message_and_stores_nothing(office: Client) -> None:
    answer = await office.post(PATH, {**LETTER, "bcc": "bob@example.com", "dryRun": True})
    assert (answer.status, answer.body["dryRun"], "queueId" in answer.body) == (200, True, False), answer.text
    message = read(answer.body["preview"])
    assert (message["subject"], message["to"], message["bcc"]) == ("Offer", "ada@example.com", None)
    assert message["message-id"] == answer.body["messageId"]
    assert message["from"] == "John Doe <a@b.example>"
    assert await stored(office) == []


async def test_every_field_of_a_message_arrives_in_it(office: Client) -> None:
    message = await preview(
        office,
        **{"from": "Jörg <joerg@example.com>"},
        to=["Ada <ada@example.com>"],
        cc="carl@example.com",
        replyTo="r@example.com",
        subject="Grüße",
        text="Hällo",
        html='<p>Hällo</p><img src="cid:logo">',
        previewText="Look here",
        attachments=[
            {"filename": "Ü.txt", "contentType": "text/plain", "content": in_base64(b"paper")},
            {"cid": "logo", "contentType": "image/png", "content": "YQ"},
        ],
        messageId="mine@example.com",
        headers={"X-Offer": "4711"},
    )
    assert (message["from"], message["cc"]) == ("Jörg <joerg@example.com>", "carl@example.com")
    assert (message["reply-to"], message["x-offer"]) == ("r@example.com", "4711")
    assert (message["subject"], message["message-id"]) == ("Grüße", "<mine@example.com>")
    html = message.get_body(("html",))
    assert html is not None
    assert "Look here" in html.get_content()
    (paper,) = message.iter_attachments()
    assert (paper.get_filename(), paper.get_payload(decode=True)) == ("Ü.txt", b"paper")


async def test_a_whole_message_is_sent_as_it_is(office: Client) -> None:
    message = await preview(office, raw=in_base64(DRAFT), subject="Another")
    assert (message["subject"], message["to"], message["message-id"]) == ("Another", "ada@example.com", "<d@x>")


async def test_how_a_message_is_sent_is_stored_with_it(office: Client) -> None:
    dsn = {"id": "x", "return": "headers", "notify": ["failure"], "recipient": "ada@example.com"}
    wishes = {
        "envelope": {"from": "<>", "to": ["eve@example.com"]},
        "copy": False,
        "sentMailPath": "Out",
        "deliveryAttempts": 3,
        "dsn": dsn,
        "localAddress": "127.0.0.1",
        "proxy": "socks5://user:hidden@proxy.example.com:1080",
    }
    answer = await office.post(PATH, {**LETTER, **wishes})
    assert answer.status == 200, answer.text
    (row,) = await stored(office)
    assert (row.sender, row.most_attempts) == ("", 3)
    plan = {name: row.plan[name] for name in ("copy", "sentFolder", "dsn", "localAddress", "hasProxy")}
    assert plan == {"copy": False, "sentFolder": "Out", "dsn": dsn, "localAddress": "127.0.0.1", "hasProxy": True}
    assert "hidden" not in str(row)
    assert row.secrets


async def test_a_repeated_request_gets_the_first_answer(office: Client) -> None:
    headers = {"Idempotency-Key": "order 1"}
    first = await office.post(PATH, LETTER, headers=headers)
    again = await office.post(PATH, LETTER, headers=headers)
    assert first.body["idempotency"] == {"key": "order 1", "status": "MISS"}
    assert again.body == {**first.body, "idempotency": {"key": "order 1", "status": "HIT"}}
    other = await office.post(PATH, {**LETTER, "subject": "Another"}, headers=headers)
    assert (other.status, other.body["code"]) == (409, "IdempotencyKeyReused")
    assert len(await stored(office)) == 1


async def test_requests_at_the_same_time_send_one_message(office: Client) -> None:
    headers = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*(office.post(PATH, LETTER, headers=headers) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["queueId"] for answer in answers}) == 1
    assert sorted(answer.body["idempotency"]["status"] for answer in answers) == ["HIT"] * 4 + ["MISS"]
    assert len(await stored(office)) == 1


async def test_a_refused_request_leaves_its_key_free(office: Client) -> None:
    headers = {"Idempotency-Key": "k"}
    refused = await office.post(PATH, {**LETTER, "reference": {"message": "AAAAAQAAAGM"}}, headers=headers)
    assert (refused.status, refused.body["code"]) == (404, "ReferenceNotFound"), refused.text
    answer = await office.post(PATH, LETTER, headers=headers)
    assert (answer.status, answer.body["idempotency"]["status"]) == (200, "MISS")


@pytest.mark.parametrize("key", ["", " ", "x" * 1025])
async def test_a_key_has_a_form(office: Client, key: str) -> None:
    answer = await office.post(PATH, LETTER, headers={"Idempotency-Key": key})
    assert (answer.status, [field["key"] for field in answer.body["fields"]]) == (400, ["Idempotency-Key"])


async def test_the_longest_key_is_taken(office: Client) -> None:
    answer = await office.post(PATH, LETTER, headers={"Idempotency-Key": "x" * 1024})
    assert (answer.status, answer.body["idempotency"]["status"]) == (200, "MISS")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"text": "Hello"}, {"to"}),
        ({"text": "x", "to": [], "envelope": {"to": []}, "reference": {"message": "AB", "action": "forward"}}, {"to"}),
        ({"to": "nobody", "sendat": 1, "template": "t"}, {"to.0.address", "sendat", "template"}),
        ({**LETTER, "raw": "U3ViamVjdDogeA", "attachments": [{}]}, {"text", "attachments", "attachments.0.content"}),
        (
            {"raw": "U3ViamVjdDogeA", "html": "x", "reference": {"message": "AB", "inline": True}},
            {"html", "reference.inline"},
        ),
        ({**LETTER, "previewText": "x"}, {"previewText"}),
        ({"trackOpens": True, "gateway": "g", "subject": 7}, {"trackOpens", "gateway", "subject", "to"}),
        ({**LETTER, "subject": "a\r\nBcc: eve@example.com"}, {"subject"}),
    ],
)
async def test_every_problem_is_named_at_once(office: Client, body: dict[str, Any], fields: set[str]) -> None:
    found = await office.problems("POST", PATH, body)
    assert set(found) == fields
    assert await stored(office) == []


async def test_an_account_without_a_server_cannot_send(client: Client) -> None:
    await client.register("a")
    answer = await client.post(PATH, LETTER)
    assert (answer.status, answer.body["code"]) == (404, "SMTPUnavailable")
    unknown = await client.post("/v1/account/nobody/submit", LETTER)
    assert (unknown.status, unknown.body["code"]) == (404, "AccountNotFound")


async def test_a_message_has_a_limit(with_settings: Any) -> None:
    async with with_settings(max_message_size=10_000, max_body_size=2000) as client:
        await client.register("a", email="a@b.example", smtp=SMTP)
        fits = await client.post(PATH, {**LETTER, "text": "x" * 5000})
        assert fits.status == 200, fits.text
        large = await client.post(PATH, {**LETTER, "text": "x " * 6000})
        assert (large.status, large.body["code"]) == (413, "MessageTooLarge")
        assert (await client.post("/v1/account/a/message", {"path": "x", "text": "x" * 5000})).status == 413


async def test_a_large_message_is_taken(office: Client) -> None:
    file = {"filename": "f", "content": in_base64(bytes(range(256)) * 4 * 1024 * 12)}
    body = io.BytesIO(orjson.dumps({**LETTER, "attachments": [file]}))
    answer = await office.post(PATH, data=body, headers={"content-type": "application/json"})
    assert answer.status == 200, answer.text
    assert (await stored(office))[0].size > 12 * 1024 * 1024


async def test_a_reply_goes_to_the_author_and_names_the_original(mailed_office: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"From: ann@example.com\r\nSubject: Question\r\nMessage-ID: <q@x>\r\n\r\nHow much?\r\n")
    (original,) = (await mailed_office.get("/v1/account/a/messages?path=INBOX")).body["messages"]
    reference = {"message": original["id"], "inline": True, "messageId": "<q@x>"}
    message = await preview(mailed_office, text="47", reference=reference)
    assert (message["to"], message["subject"], message["in-reply-to"]) == ("ann@example.com", "Re: Question", "<q@x>")
    answer = await mailed_office.post(PATH, {"text": "47", "reference": reference})
    assert answer.body["reference"] == {"message": original["id"], "success": True}
    (row,) = await stored(mailed_office)
    assert row.plan["answers"] == {"message": original["id"], "action": "reply"}


async def test_a_missing_original_is_told(mailed_office: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"From: ann@example.com\r\nMessage-ID: <q@x>\r\n\r\nHow much?\r\n")
    (original,) = (await mailed_office.get("/v1/account/a/messages?path=INBOX")).body["messages"]
    reference = {"message": original["id"], "messageId": "another@x"}
    missing = await mailed_office.post(PATH, {**LETTER, "reference": reference})
    assert (missing.status, missing.body["code"]) == (404, "ReferenceNotFound"), missing.text
    answer = await mailed_office.post(PATH, {**LETTER, "reference": {**reference, "ignoreMissing": True}})
    assert (answer.status, answer.body["reference"]["success"]) == (200, False)


async def test_an_original_cannot_be_fetched_while_the_account_is_not_connected(
    mailed_office: Client, mail: FakeImapServer
) -> None:
    mail.append("u1", b"From: ann@example.com\r\nMessage-ID: <q@x>\r\n\r\nHow much?\r\n")
    (original,) = (await mailed_office.get("/v1/account/a/messages?path=INBOX")).body["messages"]
    await mailed_office.db.write(lambda conn: conn.execute(sa.update(accounts).values(state="connectError")) and None)
    answer = await mailed_office.post(PATH, {**LETTER, "reference": {"message": original["id"]}})
    assert (answer.status, answer.body["code"]) == (503, "ConnectionError"), answer.text
    assert (await mailed_office.post(PATH, LETTER)).status == 200


async def test_a_stored_draft_is_sent_once(mailed_office: Client, mail: FakeImapServer) -> None:
    mail.append("u1", DRAFT, mailbox="Drafts", flags=("\\Draft",))
    (draft,) = (await mailed_office.get("/v1/account/a/messages?path=Drafts")).body["messages"]
    path = f"/v1/account/a/message/{draft['id']}/submit"
    headers = {"Idempotency-Key": "draft"}
    first = await mailed_office.post(path, headers=headers)
    again = await mailed_office.post(path, headers=headers)
    assert (first.status, again.status) == (200, 200), first.text
    assert (again.body["queueId"], again.body["idempotency"]["status"]) == (first.body["queueId"], "HIT")
    (row,) = await stored(mailed_office)
    assert (row.plan["draft"], row.message_id) == (draft["id"], "<d@x>")
    other = await mailed_office.post(path, {"copy": False}, headers=headers)
    assert (other.status, other.body["code"]) == (409, "IdempotencyKeyReused")


async def test_only_drafts_with_recipients_are_sent(mailed_office: Client, mail: FakeImapServer) -> None:
    mail.append("u1", DRAFT)
    mail.append("u1", b"Subject: x\r\n\r\nHello\r\n", mailbox="Drafts", flags=("\\Draft",))
    codes = {}
    for folder in ("INBOX", "Drafts"):
        (message,) = (await mailed_office.get(f"/v1/account/a/messages?path={folder}")).body["messages"]
        answer = await mailed_office.post(f"/v1/account/a/message/{message['id']}/submit", {})
        codes[folder] = (answer.status, answer.body["code"])
    assert codes == {"INBOX": (400, "MessageNotDraft"), "Drafts": (400, "DraftHasNoRecipients")}


async def test_a_limited_token_cannot_choose_how_we_reach_others(office: Client) -> None:
    bound = await issue(office, account="a")
    narrowed = await issue(office, permissions={"groups": ["submit"], "actions": ["send"]})
    reach = {"proxy": "socks5://proxy.example.com:1080", "localAddress": "127.0.0.1"}
    for token in (bound, narrowed):
        answer = await token.post(PATH, {**LETTER, **reach})
        assert (answer.status, answer.body["code"]) == (403, "AccessDenied"), answer.text
        assert {field["key"] for field in answer.body["fields"]} == set(reach)
        assert (await token.post(PATH, {**LETTER, "proxy": None, "localAddress": ""})).status == 200
    assert (await bound.post("/v1/account/other/submit", LETTER)).status == 403


async def test_an_operator_may_let_bound_tokens_choose_their_proxy(with_settings: Any) -> None:
    async with with_settings(bound_token_fields=("proxy",)) as client:
        await client.register("a", email="a@b.example", smtp=SMTP)
        bound = await issue(client, account="a")
        body = {**LETTER, "proxy": "socks5://proxy.example.com:1080"}
        assert (await bound.post(PATH, body)).status == 200
        assert (await bound.post(PATH, {**body, "localAddress": "127.0.0.1"})).status == 403


async def test_a_lost_commit_is_told_with_its_cure(sqlite_url: str, settings: Any) -> None:
    async with client_of(sqlite_url, settings, wrap=FailingDatabase) as client:
        await client.register("a", email="a@b.example", smtp=SMTP)
        db = client.db
        assert isinstance(db, FailingDatabase)
        codes = set()
        for call in range(1, 12):
            db.fail(call, "after")
            answer = await client.post(PATH, LETTER)
            db.heal()
            if answer.body.get("code") == "OutcomeUnknown":
                assert "Idempotency-Key" in answer.body["message"]
                assert answer.headers["retry-after"]
            codes.add(answer.body.get("code", answer.status))
        assert codes <= {200, "StorageUnavailable", "OutcomeUnknown"}
        assert "OutcomeUnknown" in codes
