"""The same changes at a real Dovecot: with MOVE, without it, and without UIDPLUS as well."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from postroom.mail.ids import message_id
from postroom.storage.tables import accounts as table
from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.mail.test_changes import A, numbers
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

_REV2 = ("IMAP4rev2",)
_WITHOUT: dict[str, tuple[str, ...]] = {
    "MOVE": (),
    "COPY": ("MOVE", *_REV2),
    "bare": ("MOVE", "UIDPLUS", "CONDSTORE", "QRESYNC", "ESEARCH", *_REV2),
}
_users = (f"changes-{n}@example.test" for n in itertools.count())


@pytest.fixture(scope="module", params=_WITHOUT)
def server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    """A Dovecot of each kind."""
    options = DovecotOptions(imap_capability=capabilities_without(*_WITHOUT[request.param]))
    with Dovecot(options) as running:
        yield running


@pytest.fixture
async def user(client: Client, server: Dovecot) -> str:
    """A user with two messages in INBOX, and folders Trash and Archive; the account `a` is theirs."""
    user = next(_users)
    await connect(client, server.port, user)
    with server.side_door(user) as session:
        for name in ("Trash", "Archive", "Entw&APw-rfe"):
            session.create(name)
        for n in (1, 2):
            content = b"Message-ID: <%d.%b>\r\nSubject: S\r\n\r\nhello\r\n" % (n, user.encode())
            assert session.append("INBOX", "", "", content)[0] == "OK"
    return user


def uids_of(server: Dovecot, user: str, folder: str, key: str = "ALL") -> list[int]:
    """The UIDs in a folder, as another program sees them."""
    with server.side_door(user) as session:
        session.select(folder, readonly=True)
        return [int(uid) for uid in session.uid("SEARCH", key)[1][0].split()]


async def ids(client: Client, *uids: int, path: str = "INBOX") -> list[str]:
    (number,) = await numbers(client, path)
    return [message_id(number, uid) for uid in uids]


async def test_flags_take_effect(client: Client, server: Dovecot, user: str) -> None:
    (one,) = await ids(client, 1)
    body = {"flags": {"add": ["\\Seen", "$Label1"], "delete": ["\\Flagged"]}}
    for _ in range(2):
        told = (await client.put(f"{A}/message/{one}", body)).body
        assert told == {"flags": {"add": True, "delete": True, "now": ["$Label1", "\\Seen"]}}
    assert (await client.put(f"{A}/message/{one}", {"flags": {"set": ["\\Draft"]}})).body == {
        "flags": {"set": True, "now": ["\\Draft"]}
    }
    assert uids_of(server, user, "INBOX", "DRAFT") == [1]
    many = {"search": {}, "update": {"flags": {"add": ["\\Seen"]}}}
    assert (await client.put(f"{A}/messages?path=INBOX", many)).body == {
        "found": 2,
        "changed": 2,
        "flags": {"add": True},
    }


async def test_a_move_tells_the_new_id_and_keeps_what_others_marked(client: Client, server: Dovecot, user: str) -> None:
    with server.side_door(user) as session:
        session.select("INBOX")
        session.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
    (one,) = await ids(client, 1)
    told = (await client.put(f"{A}/message/{one}/move", {"path": "Entwürfe"})).body
    assert told == {"path": "Entwürfe", "id": (await ids(client, 1, path="Entwürfe"))[0], "uid": 1}
    assert uids_of(server, user, "INBOX") == [2]
    assert uids_of(server, user, "INBOX", "DELETED") == [2]
    gone = await client.put(f"{A}/message/{one}/move", {"path": "Entwürfe"})
    assert (gone.status, gone.body["code"], gone.body["id"]) == (404, "MessageMoved", told["id"])
    missing = await client.put(f"{A}/message/{told['id']}/move", {"path": "Nowhere"})
    assert (missing.status, missing.body["code"]) == (404, "FolderNotFound")


async def test_a_deletion_goes_to_the_trash_once(client: Client, server: Dovecot, user: str) -> None:
    (one, two) = await ids(client, 1, 2)
    told = (await client.delete(f"{A}/message/{one}")).body
    (kept,) = await ids(client, 1, path="Trash")
    assert told == {"deleted": False, "moved": {"destination": "Trash", "message": kept}}
    again = (await client.delete(f"{A}/message/{one}")).body
    assert (again["code"], again["id"]) == ("MessageMoved", kept)
    assert (await client.delete(f"{A}/message/{kept}")).body == {"deleted": True}
    assert (await client.delete(f"{A}/message/{two}?force=true")).body == {"deleted": True}
    assert uids_of(server, user, "INBOX") == uids_of(server, user, "Trash") == []


async def test_callers_at_the_same_message_each_get_a_true_answer(client: Client, server: Dovecot, user: str) -> None:
    (one,) = await ids(client, 1)
    paths = [f"{A}/message/{one}/move"] * 2
    answers = await asyncio.gather(*(client.put(path, {"path": "Archive"}) for path in paths))
    found = uids_of(server, user, "Archive")
    succeeded = [each for each in answers if each.status == 200]
    assert succeeded
    # Whoever copied the message and came too late to remove it is told so.
    late = [each for each in answers if each.status not in (200, 404)]
    assert [each.body["progress"]["copied"] for each in late] == [1] * len(late)
    assert uids_of(server, user, "INBOX") == [2]
    # Without MOVE, both may copy before one of them deletes. A copy too many is kept; a message is never lost.
    assert len(found) >= 1
    flags = [
        client.put(f"{A}/message/{(await ids(client, 2))[0]}", {"flags": {"add": [flag]}}) for flag in ("one", "two")
    ]
    assert [each.body["flags"]["add"] for each in await asyncio.gather(*flags)] == [True, True]


async def test_many_messages_are_moved_and_deleted(client: Client, server: Dovecot, user: str) -> None:
    (one, two) = await ids(client, 1, 2)
    moved: dict[str, Any] = (
        await client.put(f"{A}/messages/move?path=INBOX", {"search": {"subject": "S"}, "path": "\\Archive"})
    ).body
    assert (moved["path"], moved["found"]) == ("Archive", 2)
    there = await ids(client, 1, 2, path="Archive")
    # Without UIDPLUS the server does not tell under which UIDs the messages are now.
    assert moved["idMap"] in ([[one, there[0]], [two, there[1]]], [])
    deleted = (await client.put(f"{A}/messages/delete?path=Archive", {"search": {"uid": "1"}})).body
    assert (deleted["deleted"], deleted["found"], deleted["moved"]["destination"]) == (False, 1, "Trash")
    gone = (await client.put(f"{A}/messages/delete?path=Archive&force=1", {"search": {"uid": "1:*"}})).body
    assert gone == {"deleted": True, "found": 1}
    assert (uids_of(server, user, "Archive"), uids_of(server, user, "Trash")) == ([], [1])


async def test_a_change_may_be_for_messages_with_attachments(client: Client, server: Dovecot, user: str) -> None:
    files = [{"filename": "a.pdf", "contentType": "application/pdf", "content": "YQ"}]
    added = await client.post(f"{A}/message", {"path": "INBOX", "text": "x", "attachments": files})
    assert added.status == 200, added.text
    # Known on each server: from the answer to APPEND, or by the Message-ID.
    assert (added.body["uid"], added.body["seq"], added.body["id"]) == (3, 3, (await ids(client, 3))[0])
    update = {"flags": {"add": ["$Paper"]}}
    for wanted, uids in ((True, [3]), (False, [1, 2])):
        body = {"search": {"hasAttachment": wanted}, "update": update}
        told = (await client.put(f"{A}/messages?path=INBOX", body)).body
        assert (told["found"], told["changed"]) == (len(uids), len(uids))
    body = {"search": {"hasAttachment": True}, "path": "Archive"}
    assert (await client.put(f"{A}/messages/move?path=INBOX", body)).body["found"] == 1
    assert (uids_of(server, user, "INBOX"), len(uids_of(server, user, "Archive"))) == ([1, 2], 1)


async def test_folders_that_cannot_take_messages(client: Client, server: Dovecot, user: str) -> None:
    with server.side_door(user) as session:
        session.create("Level.Below")
    (one,) = await ids(client, 1)
    for path, words in (("Level", "no messages"), ("Level.Below.None", "There is no folder")):
        for method, at, body in (
            ("PUT", f"{A}/message/{one}/move", {"path": path}),
            ("PUT", f"{A}/messages/move?path=INBOX", {"search": {"uid": "1"}, "path": path}),
            ("POST", f"{A}/message", {"path": path, "text": "x"}),
        ):
            told = await client.ask(method, at, body)
            assert (told.status, told.body["code"]) == (404, "FolderNotFound"), told.text
            assert words in told.body["error"]
            assert uids_of(server, user, "INBOX") == [1, 2]


async def test_a_system_flag_that_does_not_exist_is_refused(client: Client, server: Dovecot, user: str) -> None:
    (one,) = await ids(client, 1)
    for change in ({"add": ["\\Sean"]}, {"set": ["\\Seen", "\\Sean"]}):
        refused = await client.put(f"{A}/message/{one}", {"flags": change})
        assert (refused.status, refused.body["flags"]) == (422, ["\\Sean"]), refused.text
    refused = await client.post(f"{A}/message", {"path": "INBOX", "text": "x", "flags": ["\\Sean"]})
    assert (refused.status, refused.body["code"]) == (502, "UploadFail")
    assert (uids_of(server, user, "INBOX"), uids_of(server, user, "INBOX", "SEEN")) == ([1, 2], [])


async def test_the_trash_of_another_language(client: Client, server: Dovecot, user: str) -> None:
    """Named by the account; the folder of the special use is then one like any other."""
    with server.side_door(user) as session:
        session.create("Gel&APY-scht")
    answer = await client.put("/v1/account/a", {"imap": {"partial": True, "trashMailPath": "Gelöscht"}})
    assert answer.status == 200, answer.text
    await client.db.write(lambda conn: conn.execute(table.update().values(state="connected")))
    (one,) = await ids(client, 1)
    moved = (await client.delete(f"{A}/message/{one}")).body
    assert moved["moved"]["destination"] == "Gelöscht"
    (kept,) = await ids(client, 1, path="Gelöscht")
    assert (await client.delete(f"{A}/message/{kept}")).body == {"deleted": True}
