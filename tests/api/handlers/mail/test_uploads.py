"""Uploads over HTTP: what is stored at a real Dovecot, and what is refused before it is asked."""

from __future__ import annotations

import base64
import email.policy
import io
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import orjson
import pytest

from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer, answer
from tests.live.dovecot import Dovecot

PATH = "/v1/account/a/message"


def in_base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def stored(dovecot: Dovecot, user: str, mailbox: str, uid: int) -> tuple[EmailMessage, str]:
    """The message as Dovecot has it, and its flags and date."""
    with dovecot.side_door(user) as session:
        session.select(mailbox, readonly=True)
        _, answers = session.uid("FETCH", str(uid), "(FLAGS INTERNALDATE BODY.PEEK[])")
    told = answers[0]
    assert isinstance(told, tuple)
    message = message_from_bytes(told[1], policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message, told[0].decode()


async def test_a_message_is_made_from_its_fields(real: Client, dovecot: Dovecot, user: str) -> None:
    body = {
        "path": "\\Drafts",
        "flags": ["\\Seen", "\\Draft", "$Offer"],
        "internalDate": "2026-01-02T03:04:05.000Z",
        "from": {"name": "Jörg", "address": "joerg@example.com"},
        "to": ["a@b.example", {"address": "c@d.example", "name": "Doe, C"}],
        "cc": [],
        "bcc": {"address": "e@f.example"},
        "replyTo": "r@s.example, Zed <z@s.example>",
        "subject": "Grüße 🙂",
        "text": "Hällo\n",
        "html": '<p>Hällo</p><img src="cid:logo">',
        "attachments": [
            {"filename": "Übersicht.pdf", "contentType": "application/pdf", "content": in_base64(b"paper")},
            {"filename": "l.png", "contentType": "image/png", "cid": "logo", "encoding": "base64", "content": "YQ"},
        ],
        "headers": {"X-Offer": "4711"},
        "messageId": "mine@example.com",
    }
    done = await real.post(PATH, body)
    assert done.status == 200, done.text
    assert (done.body["path"], done.body["messageId"], done.body["uid"]) == ("Drafts", "<mine@example.com>", 1)
    assert {"id", "uidValidity"} <= set(done.body)
    message, told = stored(dovecot, user, "Drafts", 1)
    assert all(each in told for each in ("\\Seen", "\\Draft", "$Offer", "-Jan-2026"))
    assert (message["from"], message["to"]) == ("Jörg <joerg@example.com>", 'a@b.example, "Doe, C" <c@d.example>')
    assert (message["cc"], message["bcc"], message["subject"]) == (None, "e@f.example", "Grüße 🙂")
    assert message["reply-to"] == "r@s.example, Zed <z@s.example>"
    assert (message["x-offer"], message["message-id"]) == ("4711", "<mine@example.com>")
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content().strip(), "cid:logo" in html.get_content()) == ("Hällo", True)
    (paper,) = message.iter_attachments()
    assert (paper.get_filename(), paper.get_payload(decode=True)) == ("Übersicht.pdf", b"paper")


async def test_a_whole_message_is_stored_as_it_is(real: Client, dovecot: Dovecot, user: str) -> None:
    raw = b"From: a@b.example\r\nMessage-ID: <raw@x>\r\nSubject: 8 bit \xc3\xa4\r\n\r\nh\xc3\xa4llo\r\n"
    done = await real.post(PATH, {"path": "INBOX", "raw": in_base64(raw), "flags": "\\Flagged"})
    assert (done.status, done.body["messageId"], done.body["path"]) == (200, "<raw@x>", "INBOX"), done.text
    message, told = stored(dovecot, user, "INBOX", done.body["uid"])
    assert "\\Flagged" in told
    assert (message["message-id"], message.get_payload(decode=True)) == ("<raw@x>", b"h\xc3\xa4llo\r\n")


async def test_replies_and_forwards_take_from_the_original(real: Client, dovecot: Dovecot, user: str) -> None:
    first = {
        "path": "INBOX",
        "from": "ann@example.com",
        "to": ["bob@example.com", "a@b.example"],
        "subject": "Offer",
        "text": "Hello",
        "attachments": [{"filename": "Ü.pdf", "contentType": "application/pdf", "content": in_base64(b"paper")}],
        "messageId": "<1@x>",
    }
    id_ = (await real.post(PATH, first)).body["id"]
    reference = {"message": id_, "action": "reply-all", "inline": True}
    done = await real.post(PATH, {"path": "Drafts", "text": "Hi", "reference": reference})
    assert (done.status, done.body["reference"]) == (200, {"message": id_, "success": True}), done.text
    reply, _ = stored(dovecot, user, "Drafts", done.body["uid"])
    assert (reply["subject"], reply["to"]) == ("Re: Offer", "ann@example.com, bob@example.com")
    assert (reply["in-reply-to"], reply["references"]) == ("<1@x>", "<1@x>")
    assert "> Hello" in reply.get_content()
    reference = {"message": id_, "action": "forward", "forwardAttachments": True}
    done = await real.post(PATH, {"path": "Drafts", "text": "FYI", "reference": reference})
    forward, _ = stored(dovecot, user, "Drafts", done.body["uid"])
    (paper,) = forward.iter_attachments()
    assert (forward["subject"], forward["to"]) == ("Fwd: Offer", None)
    assert (paper.get_filename(), paper.get_payload(decode=True)) == ("Ü.pdf", b"paper")


async def test_ids_hold_when_a_folder_above_is_renamed(real: Client) -> None:
    folders = "/v1/account/a/mailbox"
    delimiter = (await real.get("/v1/account/a/mailboxes")).body["mailboxes"][0]["delimiter"]
    inner = (await real.post(folders, {"path": ["Work", "Offers"]})).body["path"]
    assert inner == f"Work{delimiter}Offers"
    id_ = (await real.post(PATH, {"path": inner, "subject": "Offer", "text": "x"})).body["id"]
    renamed = await real.put(folders, {"path": "Work", "newPath": "Done"})
    assert (renamed.status, renamed.body.get("renamed")) == (200, True), renamed.text
    done = await real.post(PATH, {"path": "Drafts", "reference": {"message": id_, "action": "forward"}})
    assert (done.status, done.body["reference"]) == (200, {"message": id_, "success": True}), done.text


async def test_a_missing_reference(real: Client) -> None:
    gone = "AAAAAQAAAGM"
    body: dict[str, Any] = {"path": "Drafts", "text": "x", "reference": {"message": gone}}
    missing = await real.post(PATH, body)
    assert (missing.status, missing.body["code"]) == (404, "ReferenceNotFound")
    body["reference"]["ignoreMissing"] = True
    done = await real.post(PATH, body)
    assert (done.status, done.body["reference"]["success"]) == (200, False), done.text
    body["reference"]["message"] = "no id"
    wrong = await real.post(PATH, body)
    assert (wrong.status, wrong.body["code"]) == (400, "InvalidId")


async def test_a_folder_that_is_not_there(real: Client) -> None:
    for path in ("Nowhere", "\\Archive", "Nirgendwo ü"):
        missing = await real.post(PATH, {"path": path, "text": "x"})
        assert (missing.status, missing.body["code"]) == (404, "FolderNotFound")


async def test_a_refused_message(mailed: Client, mail: FakeImapServer) -> None:
    mail.behave(answer("APPEND", tagged="NO [OVERQUOTA] The mailbox is full"))
    refused = await mailed.post(PATH, {"path": "Sent", "text": "x"})
    assert (refused.status, refused.body["code"]) == (502, "UploadFail")
    assert refused.body["info"] == {"response": "The mailbox is full"}


RAW = in_base64(b"Subject: x\r\n\r\nx")


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"path": None}, {"path"}),
        ({"raw": RAW, "text": "x", "to": ["a@b.example"]}, {"text", "to"}),
        ({"raw": "not base64!"}, {"raw"}),
        ({"raw": in_base64(b"a\0b")}, {"raw"}),
        ({"raw": in_base64(b"  ")}, {"raw"}),
        ({"to": ["nobody"]}, {"to.0.address"}),
        ({"to": [{"name": "x"}]}, {"to.0.address"}),
        ({"from": ["a@b.example", "c@d.example"]}, {"from"}),
        ({"flags": ["\\Seen", "two words"]}, {"flags.1"}),
        ({"internalDate": "yesterday"}, {"internalDate"}),
        ({"attachments": [{"content": "%%"}]}, {"attachments.0.content"}),
        ({"attachments": [{"content": "YQ", "contentType": "text"}]}, {"attachments.0.contentType"}),
        ({"messageId": "two words"}, {"messageId"}),
        ({"headers": {"Subject": "x"}}, {"headers"}),
        ({"headers": {"Content-Type": "x"}}, {"headers"}),
        ({"headers": {"X-A": "a\r\nBcc: b@c.example"}}, {"headers.X-A"}),
        ({"headers": {"X-A": "a", "x-a": "b"}}, {"headers"}),
        ({"reference": {"message": "x", "action": "praise"}}, {"reference.action"}),
        ({"sbject": "x"}, {"sbject"}),
    ],
)
async def test_what_cannot_be_a_message_is_refused_with_its_field(
    mailed: Client, mail: FakeImapServer, fields: dict[str, Any], keys: set[str]
) -> None:
    assert set(await mailed.problems("POST", PATH, {"path": "Sent", **fields})) == keys
    assert mail.statistics.count("command", "APPEND") == 0


async def test_a_message_that_is_too_large(mailed: Client) -> None:
    body = io.BytesIO(orjson.dumps({"path": "Sent", "raw": in_base64(b"x" * (4 * 1024 * 1024))}))
    large = await mailed.post(PATH, data=body, headers={"content-type": "application/json"})
    assert (large.status, large.body["code"]) == (413, "PayloadTooLarge")
