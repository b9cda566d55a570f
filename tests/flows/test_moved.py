"""A move by a request is one event, in whatever order the sync sees its ends; nothing is lost when it is cut short."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.imap import moves
from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Session
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.flows.gateway import PATIENCE, Gateway, imap, sooner_or_later
from tests.flows.replay import replay
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = pytest.mark.asyncio(loop_scope="session")

_users = (f"moved-{n}@example.test" for n in itertools.count())
_SERVERS = {
    "notify": DovecotOptions(),
    "copying": DovecotOptions(imap_capability=capabilities_without("NOTIFY", "MOVE")),
}
MESSAGE = b"Message-ID: <%d@example.com>\r\nSubject: S\r\n\r\nhello\r\n"


@pytest_asyncio.fixture(loop_scope="session", params=_SERVERS)
async def dovecot(request: pytest.FixtureRequest) -> AsyncIterator[Dovecot]:
    async with Dovecot(_SERVERS[request.param]) as running:
        yield running


async def told(gateway: Gateway, user: str) -> list[dict[str, Any]]:
    """The events about messages, in the order of the log."""
    events = (await gateway.ask("GET", f"/v1/events?account={user}"))["events"]
    return [each for each in events if each["event"].startswith("message")]


async def names(gateway: Gateway, user: str) -> Counter[str]:
    return Counter(each["event"] for each in await told(gateway, user))


async def come_to(gateway: Gateway, user: str, **wanted: int) -> None:
    """Wait until the log has so many events of these names."""

    async def so() -> bool:
        found = await names(gateway, user)
        return all(found[name] >= count for name, count in wanted.items())

    await sooner_or_later(so, PATIENCE, f"{wanted}")


async def synced(gateway: Gateway, user: str) -> None:
    before = (await gateway.get(user))["syncTime"]
    await gateway.tell(user, "sync")
    await gateway.when(user, lambda details: details["syncTime"] != before, "synced")


@pytest.mark.dovecot
async def test_messages_are_moved_together_in_a_row_and_back(gateway: Gateway, dovecot: Dovecot) -> None:
    user = next(_users)
    with dovecot.side_door(user) as session:
        for name in ("Archive", "Trash", "Done"):
            session.create(name)
    await gateway.register(user, imap(dovecot, user))
    await gateway.reaches(user, "connected")
    for n in range(12):
        dovecot.deliver(user, MESSAGE % n)
    await come_to(gateway, user, messageNew=12)
    path = gateway.path(user)

    moved = await gateway.ask("PUT", f"{path}/messages/move?path=INBOX", {"search": {}, "path": "Archive"})
    ids = dict(moved["idMap"])
    # The first two move on at once, one of them back.
    one, two, three = list(ids.values())[:3]
    await gateway.ask("PUT", f"{path}/message/{one}/move", {"path": "Done"})
    await gateway.ask("PUT", f"{path}/message/{two}/move", {"path": "\\Inbox"})
    await gateway.ask("DELETE", f"{path}/message/{three}")
    await gateway.ask("PUT", f"{path}/messages/delete?path=Archive", {"search": {"uid": "10:12"}})

    async def all_told() -> bool:
        where = replay(await told(gateway, user))
        return {folder: len(messages) for folder, messages in where.items()} == expected

    expected = {"INBOX": 1, "Archive": 6, "Done": 1, "Trash": 4}
    await sooner_or_later(all_told, PATIENCE, "every move")
    await synced(gateway, user)
    found = await told(gateway, user)
    kinds = Counter(each["event"] for each in found)
    assert (kinds["messageNew"], kinds["messageDeleted"]) == (12, 0)
    # Moves in a row may be one event. Every message has at least one.
    assert 12 <= kinds["messageMoved"] <= 18
    # The ids of the log are those of the folders.
    for folder in expected:
        listed = (await gateway.ask("GET", f"{path}/messages?path={folder}"))["messages"]
        assert {each["uid"] for each in listed} == set(replay(found)[folder])


def moving(pause: float = 0.0, *, answers: bool = True) -> Behaviour:
    """Move at once, and tell the other sessions; answer after a pause, or end the session instead."""

    async def move(session: Session, command: Command) -> None:
        target, chosen = await moves._prepared(session, command)
        source = session.selected
        assert target is not None
        assert source is not None
        code = moves._copied(session, target, chosen)
        for message in chosen:
            number = source.number_of(message.uid)
            source.messages.remove(message)
            for other in session.world.sessions:
                if other is not session and other.selected is source:
                    other.tell(f"* {number} EXPUNGE")
        await asyncio.sleep(pause)
        if not answers:
            session.close()
        await session.line(f"* OK {code} Moved")
        await session.tagged(command)

    return Behaviour(on_command={"UID MOVE": move})


@pytest_asyncio.fixture(loop_scope="session")
async def own(tmp_path: Path, database_url: str) -> AsyncIterator[Gateway]:
    """A gateway of the story's own, on each database."""
    async with Gateway(tmp_path, database_url=database_url) as running:
        yield running


async def begun(gateway: Gateway, mail: FakeImapServer, folder: str) -> tuple[str, str]:
    """An account with one message in a folder; return it and the id of the message."""
    user = next(_users)
    mail.world.capabilities_after_login += ("MOVE",)
    mail.append(user, MESSAGE % 1, folder)
    await gateway.register(user, imap(mail, user), notifyFrom="2020-01-01T00:00:00Z")
    await gateway.reaches(user, "connected")
    return user, (await told(gateway, user))[0]["data"]["id"]


# INBOX is open on the connection of the sync: its EXPUNGE, or its EXISTS, comes before the answer to MOVE.
BOTH_WAYS = (("INBOX", "Sent"), ("Sent", "INBOX"))


async def test_the_sync_sees_the_move_before_its_answer_is_read(own: Gateway, mail: FakeImapServer) -> None:
    mail.behave(moving(0.7))
    for source, target in BOTH_WAYS:
        user, id_ = await begun(own, mail, source)
        moved = await own.ask("PUT", f"{own.path(user)}/message/{id_}/move", {"path": target})
        await come_to(own, user, messageMoved=1)
        await synced(own, user)
        assert await names(own, user) == {"messageNew": 1, "messageMoved": 1}
        event = (await told(own, user))[-1]
        assert (event["path"], event["data"]["id"]) == (target, moved["id"])
        assert event["data"]["previous"]["id"] == id_


async def test_a_move_without_an_answer_is_deleted_and_new(gateway: Gateway, mail: FakeImapServer) -> None:
    mail.behave(moving(0.2, answers=False))
    for source, target in BOTH_WAYS:
        user, id_ = await begun(gateway, mail, source)
        answer = await gateway.call("PUT", f"{gateway.path(user)}/message/{id_}/move", {"path": target})
        assert (answer.status, answer.body["code"]) == (503, "OutcomeUnknown")
        await come_to(gateway, user, messageNew=2, messageDeleted=1)
        await synced(gateway, user)
        assert await names(gateway, user) == {"messageNew": 2, "messageDeleted": 1}


async def test_a_kill_loses_nothing(own: Gateway, mail: FakeImapServer, database_url: str) -> None:
    # The server never answers to the move that the kill cuts short.
    mail.behave(moving(600.0))
    user, id_ = await begun(own, mail, "INBOX")
    call = asyncio.create_task(own.call("PUT", f"{own.path(user)}/message/{id_}/move", {"path": "Sent"}))
    await eventually(lambda: not mail.mailbox(user, "INBOX").messages, PATIENCE, what="the move")
    await own.kill()
    await asyncio.gather(call, return_exceptions=True)
    mail.behave(moving())
    await own.start()
    await own.reconnects(user, 60.0)
    await come_to(own, user, messageNew=2, messageDeleted=1)
    await synced(own, user)
    assert await names(own, user) == {"messageNew": 2, "messageDeleted": 1}

    # A kill right after the answer.
    found = next(each for each in await told(own, user) if each["event"] == "messageNew" and each["data"]["id"] != id_)
    new = found["data"]["id"]
    await own.ask("PUT", f"{own.path(user)}/message/{new}/move", {"path": "INBOX"})
    if database_url.startswith("sqlite"):
        # On PostgreSQL the lease of a killed process has to run out. Once is enough.
        await own.restart()
        await own.reconnects(user, 60.0)
    await come_to(own, user, messageMoved=1)
    await synced(own, user)
    assert await names(own, user) == {"messageNew": 2, "messageDeleted": 1, "messageMoved": 1}

    # Programs that know nothing of it.
    await own.ask("POST", "/v1/settings", {"movedMessages": "deletedAndNew"})
    back = (await told(own, user))[-1]["data"]["id"]
    await own.ask("PUT", f"{own.path(user)}/message/{back}/move", {"path": "Sent"})
    await come_to(own, user, messageNew=3, messageDeleted=2)
    await synced(own, user)
    assert await names(own, user) == {"messageNew": 3, "messageDeleted": 2, "messageMoved": 1}
