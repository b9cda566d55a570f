"""Changing, moving and deleting messages over the API, at the scriptable server."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.mail.ids import message_id
from postroom.mailboxes.visit import TimeAllowed
from tests.api.conftest import Client
from tests.fakes.imap_server import Behaviour, FakeImapServer, answer, drop_during, never_answer

A = "/v1/account/a"
MAIL = b"Message-ID: <%d@example.com>\r\nFrom: a@example.com\r\nSubject: S\r\n\r\nhello\r\n"


async def numbers(client: Client, *paths: str) -> list[int]:
    """The numbers of folders in message ids."""
    found = []
    for path in paths:
        async with client.api.changes.visits.folder("a", path, TimeAllowed.after(10.0)) as folder:
            found.append(folder.number)
    return found


async def first(client: Client, mail: FakeImapServer, path: str = "INBOX", *, flags: tuple[str, ...] = ()) -> str:
    """Deliver a message to a folder; return its id."""
    message = mail.append("u1", MAIL % 1, path, flags)
    (number,) = await numbers(client, path)
    return message_id(number, message.uid)


async def test_flags_are_added_and_deleted(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail, flags=("\\Flagged", "old"))
    body = {"flags": {"add": ["\\seen", "new"], "delete": ["\\Flagged"]}}
    told = (await mailed.put(f"{A}/message/{id_}", body)).body
    assert told == {"flags": {"add": True, "delete": True, "now": ["\\Seen", "new", "old"]}}
    assert mail.mailbox("u1").messages[0].flags == {"\\seen", "new", "old"}


async def test_set_replaces_all_flags_and_wins(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail, flags=("\\Flagged", "old"))
    told = (await mailed.put(f"{A}/message/{id_}", {"flags": {"set": ["\\Seen"], "add": ["x"], "delete": ["y"]}})).body
    assert told == {"flags": {"set": True, "now": ["\\Seen"]}}
    assert (await mailed.put(f"{A}/message/{id_}", {"flags": {"set": []}})).body == {"flags": {"set": True, "now": []}}
    assert mail.mailbox("u1").messages[0].flags == set()
    assert mail.statistics.count("command", "UID STORE") == 2


async def test_a_change_of_nothing_tells_the_flags(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail, flags=("\\Seen",))
    assert (await mailed.put(f"{A}/message/{id_}", {})).body == {}
    told = (await mailed.put(f"{A}/message/{id_}", {"flags": {"add": []}})).body
    assert told == {"flags": {"add": True, "now": ["\\Seen"]}}
    assert mail.statistics.count("command", "UID STORE") == 0


async def test_a_server_that_does_not_do_what_it_says_is_not_believed(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.behave_now(answer("UID STORE"))
    told = (await mailed.put(f"{A}/message/{id_}", {"flags": {"add": ["\\Seen"], "delete": ["x"]}})).body
    assert told == {"flags": {"add": False, "delete": True, "now": []}}


async def test_flags_that_the_folder_would_forget_are_refused(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail, flags=("x",))
    valid = mail.mailbox("u1").uid_validity
    lines = ("* 1 EXISTS", f"* OK [UIDVALIDITY {valid}] u", "* OK [PERMANENTFLAGS (\\Seen \\Deleted)] limited")

    async def select(session: Any, command: Any) -> None:
        session.selected = session.world.mailboxes("u1")["INBOX"]
        for line in lines:
            await session.line(line)
        await session.tagged(command)

    mail.behave_now(type(answer("SELECT"))(on_command={"SELECT": select}))
    refused = await mailed.put(f"{A}/message/{id_}", {"flags": {"add": ["\\seen", "$Label1", "\\Flagged"]}})
    assert (refused.status, refused.body["code"]) == (422, "FlagsNotKept")
    assert refused.body["flags"] == ["$Label1", "\\Flagged"]
    assert mail.mailbox("u1").messages[0].flags == {"x"}
    # What can be kept is kept, and to take off a flag is always possible.
    assert (await mailed.put(f"{A}/message/{id_}", {"flags": {"add": ["\\Seen"], "delete": ["x"]}})).status == 200


async def test_labels_need_a_server_with_labels(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    refused = await mailed.put(f"{A}/message/{id_}", {"labels": {"add": ["Work"]}, "flags": {"add": ["\\Seen"]}})
    assert (refused.status, refused.body["code"]) == (422, "MissingServerExtension")
    assert (refused.body["key"], refused.body["extension"]) == ("labels", "X-GM-EXT-1")
    assert mail.mailbox("u1").messages[0].flags == set()


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"flags": {"add": ["has space"]}}, "flags.add[0]"),
        ({"flags": {"add": ["\\Recent"]}}, "flags.add[0]"),
        ({"flags": {"add": [f"f{n}" for n in range(129)]}}, "flags.add"),
        ({"flags": {"sett": []}}, "flags.sett"),
        ({"labels": {"set": []}}, "labels.set"),
        ({"labels": {"add": ["two\r\nlines"]}}, "labels.add[0]"),
        ({"labels": {"delete": [""]}}, "labels.delete[0]"),
    ],
)
async def test_what_cannot_be_a_change_is_refused(mailed: Client, body: Any, key: str) -> None:
    problems = await mailed.problems("PUT", f"{A}/message/AAAAAQAAAAE", body)
    assert any(found.startswith(key.partition("[")[0]) for found in problems), problems


async def test_a_message_that_is_gone_is_not_found(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.expunge("u1", 1)
    for method, path, body in [
        ("PUT", f"{A}/message/{id_}", {"flags": {"add": ["\\Seen"]}}),
        ("PUT", f"{A}/message/{id_}", {}),
        ("PUT", f"{A}/message/{id_}/move", {"path": "Sent"}),
        ("DELETE", f"{A}/message/{id_}", None),
    ]:
        gone = await mailed.ask(method, path, body)
        assert (gone.status, gone.body["code"]) == (404, "MessageNotFound"), path


async def test_a_malformed_id_is_invalid(mailed: Client) -> None:
    for path, method, body in [("/message/x", "PUT", {}), ("/message/x/move", "PUT", {"path": "Sent"})]:
        refused = await mailed.ask(method, A + path, body)
        assert (refused.status, refused.body["code"]) == (400, "InvalidId")
    assert (await mailed.delete(f"{A}/message/x")).body["code"] == "InvalidId"


async def test_a_move_tells_the_new_id(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.append("u1", b"Subject: other\r\n\r\n", "Sent")
    told = (await mailed.put(f"{A}/message/{id_}/move", {"path": "\\sent"})).body
    (sent,) = await numbers(mailed, "Sent")
    assert told == {"path": "Sent", "id": message_id(sent, 2), "uid": 2}
    assert mail.mailbox("u1").messages == []
    # The new id leads to the message.
    assert (await mailed.put(f"{A}/message/{told['id']}", {"flags": {"add": ["\\Seen"]}})).status == 200


async def test_a_move_to_its_own_folder_changes_nothing(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    for path in ("INBOX", "inbox", "\\Inbox"):
        told = await mailed.put(f"{A}/message/{id_}/move", {"path": path})
        assert told.body == {"path": "INBOX", "id": id_, "uid": 1}
    assert [each.uid for each in mail.mailbox("u1").messages] == [1]


async def test_a_target_that_is_not_there_is_not_found(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    for path in ("Nowhere", "\\Archive"):
        refused = await mailed.put(f"{A}/message/{id_}/move", {"path": path})
        assert (refused.status, refused.body["code"]) == (404, "FolderNotFound")
    assert len(mail.mailbox("u1").messages) == 1


async def test_deletion_goes_to_the_trash_and_from_there_for_good(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    told = (await mailed.delete(f"{A}/message/{id_}")).body
    (trash,) = await numbers(mailed, "Trash")
    assert told == {"deleted": False, "moved": {"destination": "Trash", "message": message_id(trash, 1)}}
    again = await mailed.delete(f"{A}/message/{id_}")
    assert (again.status, again.body["code"], again.body["id"]) == (404, "MessageMoved", message_id(trash, 1))
    assert (await mailed.delete(f"{A}/message/{told['moved']['message']}")).body == {"deleted": True}
    assert mail.mailbox("u1", "Trash").messages == []


async def test_force_removes_at_once_and_leaves_what_others_marked(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.append("u1", b"Subject: marked by another program\r\n\r\n", flags=("\\Deleted",))
    assert (await mailed.delete(f"{A}/message/{id_}?force=true")).body == {"deleted": True}
    assert [each.uid for each in mail.mailbox("u1").messages] == [2]
    assert mail.mailbox("u1", "Trash").messages == []


async def test_without_a_trash_nothing_is_deleted(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.world.mailboxes("u1").pop("Trash")
    refused = await mailed.delete(f"{A}/message/{id_}")
    assert (refused.status, refused.body["code"]) == (404, "TrashNotFound")
    assert len(mail.mailbox("u1").messages) == 1


async def test_a_refused_change_says_what_the_server_said(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.behave_now(answer("UID STORE", tagged="NO [NOPERM] Not yours"))
    refused = await mailed.put(f"{A}/message/{id_}", {"flags": {"add": ["\\Seen"]}})
    assert (refused.status, refused.body["code"]) == (502, "NOPERM")
    assert refused.body["info"] == {"response": "Not yours"}
    assert "progress" not in refused.body


async def test_a_copy_that_could_not_be_removed_is_told(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    mail.behave_now(answer("UID STORE", tagged="NO [NOPERM] Not yours"))
    refused = await mailed.put(f"{A}/message/{id_}/move", {"path": "Sent"})
    assert (refused.status, refused.body["code"]) == (502, "NOPERM")
    assert refused.body["progress"] == {"total": 1, "done": 0, "unsure": 0, "copied": 1}
    assert "copied" in refused.body["error"]


@pytest.mark.parametrize("command", ["UID STORE", "UID COPY", "UID EXPUNGE"])
async def test_a_session_lost_during_a_change_leaves_its_outcome_open(
    mailed: Client, mail: FakeImapServer, command: str
) -> None:
    id_ = await first(mailed, mail)
    mail.behave_now(drop_during(command, abruptly=True))
    cut = await mailed.put(f"{A}/message/{id_}/move", {"path": "Sent"})
    assert (cut.status, cut.body["code"]) == (503, "OutcomeUnknown")
    assert cut.body["progress"] == {"total": 1, "done": 0, "unsure": 1}


async def test_the_end_of_the_time_during_a_change_leaves_its_outcome_open(
    mailed: Client, mail: FakeImapServer
) -> None:
    id_ = await first(mailed, mail)
    mail.behave_now(never_answer("UID STORE"))
    body = {"flags": {"add": ["\\Seen"]}}
    late = await mailed.put(f"{A}/message/{id_}", body, headers={"x-ee-timeout": "700"})
    assert (late.status, late.body["code"], late.body["ttl"]) == (504, "Timeout", 700)
    assert late.body["progress"] == {"total": 1, "done": 0, "unsure": 1}
    assert "not known" in late.body["error"]


async def test_time_that_ends_before_the_change_says_that_nothing_came_of_it(
    mailed: Client, mail: FakeImapServer
) -> None:
    id_ = await first(mailed, mail)
    mail.behave_now(never_answer("SELECT"))
    late = await mailed.put(f"{A}/message/{id_}", {"flags": {"add": ["\\Seen"]}}, headers={"x-ee-timeout": "700"})
    assert (late.status, late.body["code"]) == (504, "Timeout")
    assert "progress" not in late.body


# Many messages.


async def deliver(client: Client, mail: FakeImapServer, count: int, path: str = "INBOX") -> list[str]:
    """Deliver messages; return their ids."""
    uids = [mail.append("u1", MAIL % n, path).uid for n in range(1, count + 1)]
    (number,) = await numbers(client, path)
    return [message_id(number, uid) for uid in uids]


async def test_many_messages_are_changed(mailed: Client, mail: FakeImapServer) -> None:
    await deliver(mailed, mail, 3)
    body = {"search": {"uid": "1:2"}, "update": {"flags": {"add": ["\\Seen"]}}}
    told = (await mailed.put(f"{A}/messages?path=%5CInbox", body)).body
    assert told == {"found": 2, "changed": 2, "flags": {"add": True}}
    assert [each.flags for each in mail.mailbox("u1").messages] == [{"\\Seen"}, {"\\Seen"}, set()]
    # An empty search finds all.
    assert (await mailed.put(f"{A}/messages?path=INBOX", {**body, "search": {}})).body["found"] == 3
    nothing = await mailed.put(f"{A}/messages?path=Sent", body)
    assert nothing.body == {"found": 0, "changed": 0, "flags": {"add": True}}


async def test_many_messages_are_moved(mailed: Client, mail: FakeImapServer) -> None:
    ids = await deliver(mailed, mail, 3)
    told = (await mailed.put(f"{A}/messages/move?path=INBOX", {"search": {"uid": "2:*"}, "path": "Sent"})).body
    (sent,) = await numbers(mailed, "Sent")
    assert told == {
        "path": "Sent",
        "found": 2,
        "idMap": [[ids[1], message_id(sent, 1)], [ids[2], message_id(sent, 2)]],
    }
    assert [each.uid for each in mail.mailbox("u1").messages] == [1]
    same = await mailed.put(f"{A}/messages/move?path=INBOX", {"search": {}, "path": "\\Inbox"})
    assert same.body == {"path": "INBOX", "found": 1, "idMap": []}
    missing = await mailed.put(f"{A}/messages/move?path=INBOX", {"search": {}, "path": "Nowhere"})
    assert (missing.status, missing.body["code"]) == (404, "FolderNotFound")
    assert [each.uid for each in mail.mailbox("u1").messages] == [1]


async def test_many_messages_are_deleted(mailed: Client, mail: FakeImapServer) -> None:
    ids = await deliver(mailed, mail, 3)
    told = (await mailed.put(f"{A}/messages/delete?path=INBOX", {"search": {"uid": "1:2"}})).body
    (trash,) = await numbers(mailed, "Trash")
    assert told["moved"] == {
        "destination": "Trash",
        "idMap": [[ids[0], message_id(trash, 1)], [ids[1], message_id(trash, 2)]],
    }
    assert (told["deleted"], told["found"]) == (False, 2)
    gone = await mailed.put(f"{A}/messages/delete?path=%5CTrash", {"search": {"uid": "1"}})
    assert gone.body == {"deleted": True, "found": 1}
    forced = await mailed.put(f"{A}/messages/delete?path=INBOX&force=true", {"search": {"uid": "1:*"}})
    assert forced.body == {"deleted": True, "found": 1}
    assert mail.mailbox("u1").messages == []
    assert len(mail.mailbox("u1", "Trash").messages) == 1


@pytest.mark.parametrize("search", [{}, {"from": ""}, {"seen": None}, {"or": [{"seen": True}, {}]}])
async def test_an_empty_search_deletes_nothing(mailed: Client, mail: FakeImapServer, search: Any) -> None:
    await deliver(mailed, mail, 2)
    for force in ("false", "true"):
        path = f"{A}/messages/delete?path=INBOX&force={force}"
        problems = await mailed.problems("PUT", path, {"search": search})
        assert "uid" in problems["search"]
    assert len(mail.mailbox("u1").messages) == 2


async def test_large_sets_go_in_steps_and_a_break_says_what_was_done(mailed: Client, mail: FakeImapServer) -> None:
    ids = await deliver(mailed, mail, 2500)
    lines: list[int] = []

    async def copy(session: Any, command: Any) -> None:
        lines.append(len(command.raw))
        if len(lines) == 2:
            session.abort()
        await session.answer_normally(command)

    # Every second message, so that no range shortens the command.
    mail.mailbox("u1").messages = mail.mailbox("u1").messages[::2]
    mail.behave_now(Behaviour(on_command={"UID COPY": copy}))
    body = {"search": {"uid": "1:*"}, "path": "Sent"}
    cut = await mailed.put(f"{A}/messages/move?path=INBOX", body)
    assert (cut.status, cut.body["code"]) == (503, "OutcomeUnknown"), cut.text
    progress = cut.body["progress"]
    assert (progress["total"], progress["done"], progress["unsure"]) == (1250, 1000, 250)
    assert len(progress["idMap"]) == 1000
    assert progress["idMap"][0][0] == ids[0]
    assert "1000 of 1250" in cut.body["error"]
    assert max(lines) < 8192
    assert len(mail.mailbox("u1").messages) == 250


async def test_rights_follow_the_permissions(mailed: Client, mail: FakeImapServer) -> None:
    id_ = await first(mailed, mail)
    may_write = await mailed.post(
        "/v1/tokens",
        {
            "description": "d",
            "scopes": ["api"],
            "account": "a",
            "permissions": {"actions": ["write"], "groups": ["message"]},
        },
    )
    assert may_write.status == 200, may_write.text
    bound = mailed.as_(may_write.body["token"])
    assert (await bound.put(f"{A}/message/{id_}", {"flags": {"add": ["\\Seen"]}})).status == 200
    assert (await bound.delete(f"{A}/message/{id_}")).status == 403
    refused = await bound.put(f"{A}/messages/delete?path=INBOX", {"search": {"uid": "1"}})
    assert (refused.status, refused.body["requiredPermission"]) == (403, {"action": "destructive", "group": "message"})
    assert (await bound.put("/v1/account/b/messages?path=INBOX", {"search": {}, "update": {}})).status == 403
