"""Threads through the API, at the scriptable server and at a real one."""

from __future__ import annotations

from postroom.mail.identity.links import name_of
from postroom.mail.identity.stable_ids import thread_id
from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.threads.indexed import index_folders, letter

THREAD = thread_id(name_of("<a>") or 0)


async def test_threads_are_listed_and_read(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", letter("a"))
    mail.append("u1", letter("b", "a"), "Sent")
    await index_folders(mailed.db, mail, "u1", "INBOX", "Sent")
    listed = await mailed.get("/v1/account/a/threads?path=INBOX&pageSize=5")
    assert listed.status == 200, listed.text
    assert (listed.body["total"], listed.body["pages"], listed.body["path"]) == (1, 1, "INBOX")
    line = listed.body["threads"][0]
    assert (line["threadId"], line["count"], line["unseen"]) == (THREAD, 2, 1)
    read = await mailed.get(f"/v1/account/a/thread/{THREAD}")
    assert read.status == 200, read.text
    assert {each["path"] for each in read.body["messages"]} == {"INBOX", "Sent"}
    assert read.body["incomplete"] == []


async def test_what_is_not_there_or_no_id(mailed: Client) -> None:
    unknown = await mailed.get(f"/v1/account/a/thread/{THREAD}")
    assert (unknown.status, unknown.body["code"]) == (404, "ThreadNotFound")
    nonsense = await mailed.get("/v1/account/a/thread/r.x")
    assert (nonsense.status, nonsense.body["code"]) == (400, "InvalidId")
    nowhere = await mailed.get("/v1/account/a/threads?path=Nowhere")
    assert (nowhere.status, nowhere.body["code"]) == (404, "FolderNotFound")
