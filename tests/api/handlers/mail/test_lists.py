"""Lists of messages and searches over HTTP, at the scriptable server and at a real Dovecot."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer, never_answer
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

MESSAGES = "/v1/account/a/messages"
SEARCH = "/v1/account/a/search"


def mail_with(subject: str, *, attached: bool = False) -> bytes:
    head = f"From: Ann <ann@x.example>\r\nTo: b@x.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n"
    if not attached:
        return f"{head}\r\nbody of {subject}\r\n".encode()
    return (
        f'{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain'
        f"\r\n\r\nbody of {subject}\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
        'filename="f.pdf"\r\n\r\nPDF\r\n--b--\r\n'
    ).encode()


async def listed(client: Client, query: str = "path=INBOX", account: str = "a") -> dict[str, Any]:
    got = await client.ask("GET", f"/v1/account/{account}/messages?{query}")
    assert got.status == 200, got.text
    return dict(got.body)


async def found(client: Client, search: dict[str, Any], query: str = "") -> dict[str, Any]:
    got = await client.ask("POST", f"{SEARCH}?{query}", {"search": search})
    assert got.status == 200, got.text
    return dict(got.body)


def subjects(page: dict[str, Any]) -> list[str]:
    return [each["subject"] for each in page["messages"]]


async def test_pages_follow_one_another_while_mail_arrives_and_goes(mailed: Client, mail: FakeImapServer) -> None:
    for number in range(1, 8):
        mail.append("u1", mail_with(f"m{number}"))
    first = await listed(mailed, "path=INBOX&pageSize=3")
    assert (first["total"], first["page"], first["pages"], first["prevPageCursor"]) == (7, 0, 3, None)
    assert subjects(first) == ["m7", "m6", "m5"]
    mail.append("u1", mail_with("m8"))
    mail.expunge("u1", 2)
    second = await listed(mailed, f"path=INBOX&pageSize=3&cursor={first['nextPageCursor']}")
    assert (subjects(second), second["page"], second["total"]) == (["m4", "m3", "m1"], 1, 7)
    assert second["nextPageCursor"] is None
    back = await listed(mailed, f"path=INBOX&pageSize=3&cursor={second['prevPageCursor']}")
    assert subjects(back) == ["m7", "m6", "m5"]
    top = await listed(mailed, f"path=INBOX&pageSize=3&cursor={back['prevPageCursor']}")
    assert (subjects(top), top["prevPageCursor"]) == (["m8", "m7", "m6"], None)


async def test_a_page_costs_one_examine_and_one_fetch(mailed: Client, mail: FakeImapServer) -> None:
    for number in range(1, 8):
        mail.append("u1", mail_with(f"m{number}"))
    first = await listed(mailed, "path=INBOX&pageSize=3")
    before = {name: mail.statistics.count("command", name) for name in ("EXAMINE", "FETCH", "UID SEARCH", "UID FETCH")}
    await listed(mailed, f"path=INBOX&pageSize=3&cursor={first['nextPageCursor']}")
    await listed(mailed, "path=INBOX&pageSize=3&page=1")
    spent = {name: mail.statistics.count("command", name) - count for name, count in before.items()}
    assert spent == {"EXAMINE": 2, "FETCH": 2, "UID SEARCH": 0, "UID FETCH": 0}


async def test_a_cursor_of_before_a_new_numbering_is_refused(mailed: Client, mail: FakeImapServer) -> None:
    for number in range(1, 4):
        mail.append("u1", mail_with(f"m{number}"))
    first = await listed(mailed, "path=INBOX&pageSize=1")
    mail.mailbox("u1").uid_validity += 1
    got = await mailed.ask("GET", f"{MESSAGES}?path=INBOX&cursor={first['nextPageCursor']}")
    assert (got.status, got.body["code"]) == (400, "InvalidCursorValue")
    assert "numbered the messages of 'INBOX' anew" in got.body["message"]


async def test_cursors_of_others_are_told_apart_from_garbage(mailed: Client) -> None:
    codes = {}
    for cursor in ("gmail_eyJwYWdlIjoxfQ", "garbage", "imap_e30", "imap_!!"):
        got = await mailed.ask("GET", f"{MESSAGES}?path=INBOX&cursor={cursor}")
        codes[cursor] = (got.status, got.body["code"])
    assert codes.pop("gmail_eyJwYWdlIjoxfQ") == (400, "InvalidCursorType")
    assert set(codes.values()) == {(400, "InvalidCursorValue")}
    plain = base64.urlsafe_b64encode(json.dumps({"page": 3}).encode()).decode().rstrip("=")
    assert (await listed(mailed, f"path=INBOX&cursor=imap_{plain}"))["page"] == 3


async def test_a_fetch_that_leaves_messages_out_is_an_error(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", mail_with("m1"))
    mail.append("u1", mail_with("m2"))
    mail.behave(answer("FETCH", '* 1 FETCH (UID 1 FLAGS () ENVELOPE (NIL "m1" NIL NIL NIL NIL NIL NIL NIL NIL))'))
    got = await mailed.ask("GET", f"{MESSAGES}?path=INBOX")
    assert (got.status, got.body["code"]) == (502, "IncompleteAnswer")
    mail.behave_now(answer("FETCH", tagged="NO [SERVERBUG] the index is damaged"))
    got = await mailed.ask("GET", f"{MESSAGES}?path=INBOX")
    assert (got.status, got.body["code"]) == (502, "SERVERBUG")
    assert "the index is damaged" in got.body["info"]["response"]


async def test_only_the_members_asked_for_are_fetched_and_shown(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", mail_with("m1"))
    page = await listed(mailed, "path=%5CInbox&fields=subject,flags&fields=uid&documentStore=true")
    assert page["messages"] == [{"id": page["messages"][0]["id"], "uid": 1, "flags": [], "subject": "m1"}]
    got = await mailed.ask("GET", f"{MESSAGES}?path=INBOX&fields=nonsense")
    assert got.status == 400


async def test_a_folder_that_is_not_there_is_not_found(mailed: Client) -> None:
    got = await mailed.ask("GET", f"{MESSAGES}?path=Nowhere")
    assert (got.status, got.body["code"]) == (404, "FolderNotFound")


async def test_a_term_that_the_server_cannot_search_for_is_named(mailed: Client) -> None:
    got = await mailed.ask("POST", f"{SEARCH}?path=INBOX", {"search": {"gmailRaw": "has:drive"}})
    assert (got.status, got.body["code"]) == (422, "MissingServerExtension")
    assert (got.body["key"], got.body["extension"]) == ("gmailRaw", "X-GM-EXT-1")
    got = await mailed.ask("POST", SEARCH, {"search": {"uid": "1:5"}})
    assert (got.status, got.body["code"], got.body["key"]) == (400, "UnsupportedSearchTerm", "uid")
    got = await mailed.ask("POST", SEARCH, {"search": {"or": [{"froom": "x"}], "before": "soon"}})
    assert got.status == 400
    assert {each["key"] for each in got.body["fields"]} == {"search.or.0.froom", "search.before"}


async def test_a_search_of_all_folders_tells_which_did_not_answer(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", mail_with("inbox"))
    mail.append("u1", mail_with("sent"), "Sent")
    mail.append("u1", mail_with("trashed"), "Trash")
    mail.mailbox("u1", "Broken")

    async def refuse(session: Session, command: Command) -> None:
        if b"Broken" in command.raw:
            await session.tagged(command, "NO", "[SERVERBUG] it is damaged")
        else:
            await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"EXAMINE": refuse}))
    page = await found(mailed, {"seen": False})
    assert set(subjects(page)) == {"inbox", "sent"}
    assert [each["path"] for each in page["incomplete"]] == ["Broken"]
    assert "it is damaged" in page["incomplete"][0]["reason"]


async def test_a_search_of_all_folders_answers_with_what_came_in_time(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", mail_with("inbox"))
    mail.append("u1", mail_with("late"), "Slow")

    async def hang(session: Session, command: Command) -> None:
        if b"Slow" in command.raw:
            await session.stay_silent()
        else:
            await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"EXAMINE": hang}))
    got = await mailed.ask("POST", SEARCH, {"search": {"seen": False}}, headers={"x-ee-timeout": "4000"})
    assert (got.status, subjects(got.body)) == (200, ["inbox"])
    assert "time allowed" in {each["path"]: each["reason"] for each in got.body["incomplete"]}["Slow"]
    mail.behave_now(never_answer("EXAMINE"))
    got = await mailed.ask("POST", SEARCH, {"search": {"seen": False}}, headers={"x-ee-timeout": "300"})
    assert (got.status, got.body["code"]) == (504, "Timeout")


async def at_dovecot(client: Client, server: Dovecot) -> str:
    user = f"lists-{uuid4().hex[:12]}"
    await connect(client, server.port, user)
    return user


async def test_a_real_server_searches_for_what_was_asked(client: Client, dovecot: Dovecot) -> None:
    user = await at_dovecot(client, dovecot)
    dovecot.deliver(user, mail_with("plain"))
    dovecot.deliver(user, mail_with("invoice", attached=True))
    dovecot.deliver(user, b"From: b@y.example\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n")
    searches: list[tuple[dict[str, Any], list[str]]] = [
        ({"from": "ann"}, ["invoice", "plain"]),
        ({"subject": "grüße"}, ["grüße"]),
        ({"or": [{"subject": "plain"}, {"subject": "grüße"}]}, ["grüße", "plain"]),
        ({"not": {"from": "ann"}}, ["grüße"]),
        ({"hasAttachment": True}, ["invoice"]),
        ({"hasAttachment": "false"}, ["grüße", "plain"]),
        ({"seen": "true"}, []),
        ({"uid": "2:*", "unseen": True}, ["grüße", "invoice"]),
        ({"seq": 1}, ["plain"]),
        ({"header": {"Message-ID": "invoice@x"}}, ["invoice"]),
        ({"larger": "200"}, ["invoice"]),
        ({"text": "body of plain", "cc": []}, ["plain"]),
        ({"since": "2000-01-01", "before": "2099-01-01T00:00:00Z", "modseq": 1}, ["grüße", "invoice", "plain"]),
    ]
    for search, expected in searches:
        page = await found(client, search, "path=INBOX")
        assert subjects(page) == expected, search
        assert page["total"] == len(expected)
    page = await found(client, {"from": "ann"}, "path=INBOX&pageSize=1")
    page = await found(client, {"from": "ann"}, f"path=INBOX&pageSize=1&cursor={page['nextPageCursor']}")
    assert (subjects(page), page["nextPageCursor"]) == (["plain"], None)
    assert subjects(await listed(client, "path=INBOX&unseen=false")) == []
    assert len((await listed(client, "path=INBOX&seen=0"))["messages"]) == 3


async def test_a_real_server_is_searched_in_all_folders_by_date(client: Client, dovecot: Dovecot) -> None:
    user = await at_dovecot(client, dovecot)
    with dovecot.side_door(user) as door:
        for folder in ("Work", "Sent", "Junk"):
            door.create(folder)
        for folder, day in (("INBOX", "02"), ("Work", "03"), ("Sent", "01"), ("Junk", "04"), ("Work", "05")):
            door.append(folder, "", f'"{day}-Mar-2025 10:00:00 +0000"', mail_with(f"{folder}-{day}"))
    first = await found(client, {"from": "ann"}, "pageSize=3")
    assert subjects(first) == ["Work-05", "Work-03", "INBOX-02"]
    assert (first["total"], first["pages"], first["incomplete"]) == (4, 2, [])
    second = await found(client, {"from": "ann"}, f"pageSize=3&cursor={first['nextPageCursor']}")
    assert (subjects(second), second["nextPageCursor"]) == (["Sent-01"], None)
    got = await client.ask("POST", SEARCH, {"search": {"from": "ann"}, "path": "Junk"})
    assert subjects(got.body) == ["Junk-04"]
    got = await client.ask("GET", f"{MESSAGES}?path=INBOX&cursor={first['nextPageCursor']}")
    assert (got.status, got.body["code"]) == (400, "InvalidCursorValue")


@pytest.mark.long
async def test_a_server_without_extensions_answers_the_same(client: Client) -> None:
    with Dovecot(DovecotOptions(imap_capability=capabilities_without("ESEARCH", "CONDSTORE", "QRESYNC"))) as bare:
        user = await at_dovecot(client, bare)
        for number in range(5):
            bare.deliver(user, mail_with(f"m{number}", attached=number == 3))
        first = await listed(client, "path=INBOX&pageSize=2")
        second = await listed(client, f"path=INBOX&pageSize=2&cursor={first['nextPageCursor']}")
        assert subjects(first) + subjects(second) == ["m4", "m3", "m2", "m1"]
        assert subjects(await found(client, {"hasAttachment": True})) == ["m3"]
        got = await client.ask("POST", f"{SEARCH}?path=INBOX", {"search": {"modseq": 1}})
        assert (got.status, got.body["extension"]) == (422, "CONDSTORE")
