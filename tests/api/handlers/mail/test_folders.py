"""Folders over HTTP, at a real Dovecot and at the scriptable server."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.storage.tables import accounts as table
from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer, answer
from tests.live.dovecot import Dovecot

PATH = "/v1/account/a/mailbox"
NAMES = (
    *("Tom & Jerry", "&", "&AOQ-", 'say "hi"', "back\\slash", "100% *", "two  spaces", " leading", "(par)en]"),
    *("Übersee", "日本語", "🙂 party 🎉", "Entwürfe & Ähnliches", "نص عربي"),
)


async def listed(client: Client, query: str = "") -> dict[str, dict[str, Any]]:
    found = await client.get(f"/v1/account/a/mailboxes{query}")
    assert found.status == 200, found.text
    assert "stored" not in found.body
    return {folder["path"]: folder for folder in found.body["mailboxes"]}


@pytest.mark.long
async def test_any_name_is_created_listed_renamed_and_deleted(real: Client) -> None:
    delimiter = (await listed(real))["INBOX"]["delimiter"]
    for name in NAMES:
        made = await real.post(PATH, {"path": [name]})
        assert (made.status, made.body) == (200, {"path": name, "created": True, "subscribed": True}), made.text
        again = await real.post(PATH, {"path": name})
        assert (again.status, again.body) == (200, {"path": name, "created": False})
        below = await real.post(PATH, {"path": [name, "Unter 子"], "subscribed": False})
        assert below.body == {"path": f"{name}{delimiter}Unter 子", "created": True, "subscribed": False}
    found = await listed(real)
    for name in NAMES:
        child = found[f"{name}{delimiter}Unter 子"]
        assert (found[name]["name"], found[name]["subscribed"]) == (name, True)
        assert (child["name"], child["parentPath"], child["subscribed"]) == ("Unter 子", name, False)
    for name in NAMES:
        renamed = await real.put(PATH, {"path": name, "newPath": f"Neu {name}"})
        assert (renamed.status, renamed.body) == (
            200,
            {"path": name, "newPath": f"Neu {name}", "renamed": True},
        ), renamed.text
    found = await listed(real)
    assert {f"Neu {name}{delimiter}Unter 子" for name in NAMES} <= set(found)
    assert not set(NAMES) & set(found)
    for name in NAMES:
        gone = await real.delete(f"{PATH}?path={_quoted(f'Neu {name}{delimiter}Unter 子')}")
        assert gone.body == {"path": f"Neu {name}{delimiter}Unter 子", "deleted": True}


def _quoted(text: str) -> str:
    return "".join(f"%{octet:02X}" for octet in text.encode())


async def test_counters_tell_what_is_in_a_folder(real: Client, dovecot: Dovecot) -> None:
    user = (await real.get("/v1/account/a")).body["imap"]["auth"]["user"]
    dovecot.deliver(user, b"Subject: 1\r\n\r\n1\r\n", "Entw&APw-rfe")
    dovecot.deliver(user, b"Subject: 2\r\n\r\n2\r\n", "Entw&APw-rfe", ["\\Seen"])
    folder = (await listed(real, "?counters=true"))["Entwürfe"]
    assert folder["status"] == {"messages": 2, "unseen": 1}
    assert (folder["messages"], folder["uidNext"]) == (2, 3)
    assert "status" not in (await listed(real, "?counters=false"))["Entwürfe"]


async def test_folders_can_be_subscribed_and_not(real: Client) -> None:
    await real.post(PATH, {"path": "Work", "subscribed": False})
    for wanted in (True, False):
        done = await real.put(PATH, {"path": "Work", "subscribed": wanted})
        assert (done.status, done.body) == (200, {"path": "Work", "subscribed": wanted})
        assert (await listed(real))["Work"]["subscribed"] is wanted


async def test_a_folder_that_is_not_there_is_not_found(real: Client) -> None:
    for missing in (
        await real.delete(f"{PATH}?path=Nowhere"),
        await real.put(PATH, {"path": "Nowhere", "newPath": "Else"}),
        await real.put(PATH, {"path": "\\Archive", "subscribed": True}),
    ):
        assert (missing.status, missing.body["code"]) == (404, "FolderNotFound")


async def test_the_server_is_quoted_when_it_refuses(real: Client) -> None:
    for name in ("One", "Two"):
        await real.post(PATH, {"path": name})
    refused = await real.put(PATH, {"path": "One", "newPath": "Two"})
    assert (refused.status, refused.body["code"]) == (400, "ALREADYEXISTS")
    assert "exists" in refused.body["info"]["response"]


async def test_a_refusal_without_a_code_has_ours(mailed: Client, mail: FakeImapServer) -> None:
    mail.behave(answer("CREATE", tagged="NO Not here"))
    refused = await mailed.post(PATH, {"path": "New"})
    assert (refused.status, refused.body["code"]) == (400, "CreateFailed")
    assert refused.body["info"] == {"response": "Not here"}


async def test_the_inbox_stays(real: Client) -> None:
    assert set(await real.problems("PUT", PATH, {"path": "inbox", "newPath": "Old"})) == {"path"}
    kept = await real.delete(f"{PATH}?path=%5CInbox")
    assert (kept.status, kept.body["code"], kept.body["fields"][0]["key"]) == (400, "InvalidFolder", "path")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "path"),
        ({"path": ""}, "path"),
        ({"path": []}, "path"),
        ({"path": ["a", ""]}, "path"),
        ({"path": ["a", 7]}, "path"),
        ({"path": "a\r\nb"}, "path"),
        ({"path": "x" * 1025}, "path"),
        ({"path": ["x" * 257]}, "path"),
        ({"path": ["x"] * 65}, "path"),
        ({"path": "/a"}, "path"),
        ({"path": "a/"}, "path"),
        ({"path": ["a/b"]}, "path"),
        ({"path": "日" * 800}, "path"),
        ({"path": "a", "subscribed": "perhaps"}, "subscribed"),
        ({"path": "a", "paht": "b"}, "paht"),
    ],
)
async def test_what_cannot_be_a_folder_is_refused_before_the_server_is_asked(
    mailed: Client, mail: FakeImapServer, body: dict[str, Any], key: str
) -> None:
    assert set(await mailed.problems("POST", PATH, body)) == {key}
    assert mail.statistics.count("command", "CREATE") == 0


async def test_a_change_of_nothing_is_refused(mailed: Client) -> None:
    assert set(await mailed.problems("PUT", PATH, {"path": "Sent"})) == {"newPath"}
    assert set(await mailed.problems("DELETE", PATH, None)) == {"path"}


async def test_an_account_that_cannot_be_asked(mailed: Client) -> None:
    await mailed.db.write(lambda conn: conn.execute(table.update().values(state="init")))
    for refused in (await mailed.get("/v1/account/a/mailboxes"), await mailed.post(PATH, {"path": "New"})):
        assert (refused.status, refused.body["code"], refused.body["state"]) == (503, "NotYetConnected", "init")
    assert (await mailed.get("/v1/account/nobody/mailboxes")).status == 404
