"""Commands that change folders: what a refusal becomes, and what is done beside the command itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from postroom.mailboxes.alive import alive_session
from postroom.mailboxes.failures import FolderRefused, InvalidFolder
from postroom.mailboxes.folders.changes import (
    create_folder,
    delete_folder,
    mailbox_id,
    rename_folder,
    subscribe_folder,
)
from postroom.mailboxes.folders.landscape import Landscape, read_landscape
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import CAPABILITIES, FakeImapServer, answer


@asynccontextmanager
async def at_folders(visits: MailVisits) -> AsyncIterator[tuple[MailVisit, Landscape]]:
    async with alive_session(visits, "a", TimeAllowed.after(10.0)) as visit:
        yield visit, await read_landscape(visit, ())


async def test_a_new_folder_is_subscribed_unless_the_caller_says_no(visits: MailVisits, mail: FakeImapServer) -> None:
    async with at_folders(visits) as (visit, there):
        one = await create_folder(visit, there, "One", subscribed=None)
        two = await create_folder(visit, there, "Two", subscribed=False)
    assert (one.created, one.subscribed, two.created, two.subscribed) == (True, True, True, False)
    assert mail.statistics.count("command", "SUBSCRIBE") == 1
    assert {"One", "Two"} <= set(mail.world.mailboxes("u1"))


async def test_a_folder_that_is_there_stays_as_it_is(visits: MailVisits, mail: FakeImapServer) -> None:
    async with at_folders(visits) as (visit, there):
        done = await create_folder(visit, there, "Sent", subscribed=None)
        assert (done.created, done.subscribed) == (False, None)
        done = await create_folder(visit, there, "Sent", subscribed=True)
        assert (done.created, done.subscribed) == (False, True)
    assert mail.statistics.count("command", "CREATE") == 0


async def test_a_folder_that_another_client_has_just_created_is_there(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("CREATE", tagged="NO [ALREADYEXISTS] It is there"))
    async with at_folders(visits) as (visit, there):
        assert not (await create_folder(visit, there, "New", subscribed=None)).created


async def test_a_refused_subscription_does_not_undo_the_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("SUBSCRIBE", tagged="NO No subscriptions here"))
    async with at_folders(visits) as (visit, there):
        done = await create_folder(visit, there, "New", subscribed=None)
    assert (done.created, done.subscribed) == (True, False)


@pytest.mark.parametrize(
    ("command", "act", "code"),
    [
        ("CREATE", lambda visit, there: create_folder(visit, there, "New", subscribed=None), "CreateFailed"),
        ("RENAME", lambda visit, there: rename_folder(visit, there, "Sent", "New"), "RenameFailed"),
        ("SUBSCRIBE", lambda visit, _: subscribe_folder(visit, "Sent", subscribed=True), "SubscribeFailed"),
        ("UNSUBSCRIBE", lambda visit, _: subscribe_folder(visit, "Sent", subscribed=False), "SubscribeFailed"),
        ("DELETE", lambda visit, there: delete_folder(visit, there, "Sent"), "DeleteFailed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refusal_has_the_servers_code_or_ours(
    visits: MailVisits,
    mail: FakeImapServer,
    command: str,
    act: Callable[[MailVisit, Landscape], Awaitable[Any]],
    code: str,
) -> None:
    for tagged, expected in (("NO Because", code), ("NO [NOPERM] Because", "NOPERM")):
        mail.behave_now(answer(command, tagged=tagged))
        async with at_folders(visits) as (visit, there):
            with pytest.raises(FolderRefused) as caught:
                await act(visit, there)
        assert (caught.value.code, caught.value.said, caught.value.command) == (expected, "Because", command)


async def test_the_inbox_is_neither_renamed_nor_deleted(visits: MailVisits, mail: FakeImapServer) -> None:
    async with at_folders(visits) as (visit, there):
        for act in (
            rename_folder(visit, there, "INBOX", "New"),
            rename_folder(visit, there, "Sent", "INBOX"),
            delete_folder(visit, there, "INBOX"),
        ):
            with pytest.raises(InvalidFolder, match="INBOX cannot be"):
                await act
    assert {mail.statistics.count("command", name) for name in ("RENAME", "DELETE")} == {0}


async def test_a_deleted_folder_loses_its_subscription(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1", "New")
    mail.behave(answer("LSUB", '* LSUB () "/" New'), answer("UNSUBSCRIBE", tagged="NO It has none"))
    async with at_folders(visits) as (visit, there):
        await delete_folder(visit, there, "New")
        await delete_folder(visit, there, "Sent")
    assert mail.statistics.count("command", "UNSUBSCRIBE") == 1
    assert not {"New", "Sent"} & set(mail.world.mailboxes("u1"))


async def test_the_servers_id_is_asked_for_where_there_are_ids(visits: MailVisits, mail: FakeImapServer) -> None:
    async with at_folders(visits) as (visit, _):
        assert await mailbox_id(visit, "Sent") is None
    mail.world.capabilities_after_login = (*CAPABILITIES, "OBJECTID")
    mail.behave(answer("STATUS", "* STATUS Sent (MAILBOXID (F7))"))
    await mail.drop_connections()
    async with at_folders(visits) as (visit, _):
        assert await mailbox_id(visit, "Sent") == "F7"
    mail.behave_now(answer("STATUS", tagged="NO Not now"))
    async with at_folders(visits) as (visit, _):
        assert await mailbox_id(visit, "Sent") is None
