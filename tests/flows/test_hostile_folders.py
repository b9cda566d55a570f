"""Mail servers that lie about folders and messages hurt their own account, and no neighbour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.imap.hostile_mail import finds, holds_nothing, lists, opens_with, says
from tests.fakes.imap_server import CAPABILITIES, Behaviour, FakeImapServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap
from tests.flows.test_hostile_servers import Neighbourhood, neighbourhood, probe, shared_gateway

__all__ = ["neighbourhood", "probe", "shared_gateway"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAST = 2**32 - 1
TEXT = b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" %d 1 NIL NIL NIL NIL)'
ADDRESS = b'("Somebody" NIL "somebody" "example.com")'
FLAGS = b" ".join(b"flag%d" % number for number in range(100_000))


def folders(count: int) -> Behaviour:
    """So many folders, all of them empty, and each with a good name."""
    return lists(b'"Folder %d"' % number for number in range(count)) | opens_with() | holds_nothing()


def letter(
    *, uid: int = 1, flags: bytes = b"", body: bytes = TEXT % 5, to: bytes = ADDRESS, text: bytes = b"hello"
) -> bytes:
    """An answer to whatever FETCH, of a message that is new for whoever asks."""
    envelope = b'ENVELOPE (NIL "bait" (%b) NIL NIL (%b) NIL NIL NIL NIL)' % (ADDRESS, to)
    head = b'UID %d FLAGS (%b) INTERNALDATE "01-Jan-2100 00:00:00 +0000" RFC822.SIZE 9' % (uid, flags)
    return b"* 1 FETCH (%b %b BODYSTRUCTURE %b BODY[1] {%d}\r\n%b)" % (head, envelope, body, len(text), text)


def holding(message: bytes, uid: int = 1) -> Behaviour:
    """Folders that hold this one message."""
    search = says("UID SEARCH", b"* SEARCH %d" % uid)
    return lists(()) | opens_with(exists=1, uidnext=uid + 1) | says("UID FETCH", message) | search


def code(seen: Any) -> str | None:
    return (seen["lastError"] or {}).get("serverResponseCode")


def is_abuse(seen: Any) -> bool:
    return code(seen) == "ABUSE"


def is_implausible(seen: Any) -> bool:
    return code(seen) == "EPROTOCOL" and "1,000,000 messages in a folder that holds 9" in seen["lastError"]["response"]


def is_left_out(unusable: int, beyond: int) -> Callable[[Any], bool]:
    """Whether the account is well, and says that so many folders are not followed."""

    def holds(seen: Any) -> bool:
        told = (seen["sync"] or {}).get("leftOut", {})
        return seen["state"] == "connected" and (told.get("unusable"), told.get("beyondLimit")) == (unusable, beyond)

    return holds


def is_connected(seen: Any) -> bool:
    return bool(seen["state"] == "connected")


# Each is made by the test that needs it: the collection of the tests would take them all into memory.
ATTACKS: dict[str, tuple[Callable[[], Behaviour], Callable[[Any], bool]]] = {
    "12,000 folders": (lambda: folders(12_000), is_left_out(0, 2_001)),
    "1,000,000 folders": (lambda: folders(1_000_000), is_abuse),
    "names that cannot be sent": (
        lambda: (
            lists((b"{4}\r\na\r\nb", b"{3}\r\na\0b", b'"%b"' % (b"x" * 65_536), b"Sent"))
            | opens_with()
            | holds_nothing()
        ),
        is_left_out(3, 0),
    ),
    "a million UIDs far apart": (
        lambda: opens_with(exists=9, uidnext=LAST) | finds(b",".join(b"%d" % uid for uid in range(1, 2_000_000, 2))),
        is_implausible,
    ),
    "100,000 flags of a folder": (
        lambda: opens_with(b"* FLAGS (%b)" % FLAGS, b"* OK [PERMANENTFLAGS (%b)] kept" % FLAGS),
        is_abuse,
    ),
    "a text of 60 MB": (lambda: holding(letter(text=b"x" * (60 * 2**20))), is_abuse),
    "all UIDs vanish without end": (lambda: lists(()) | says("IDLE", b"* VANISHED 1:4294967295"), is_connected),
}
"""What each of them does, and when it has been dealt with."""


@pytest.mark.parametrize("attack", ATTACKS)
async def test_neighbours_get_their_mail(gateway: Gateway, neighbourhood: Neighbourhood, attack: str) -> None:
    attacks, is_dealt_with = ATTACKS[attack]
    async with FakeImapServer(capabilities=(*CAPABILITIES, "ESEARCH")) as mail:
        mail.behave(attacks())
        async with neighbourhood:
            await gateway.register("victim", imap(mail, "victim"))
            await neighbourhood.deliver()
            while not is_dealt_with(seen := await gateway.get("victim")):
                assert seen["lastError"] is None, seen["lastError"]
                await neighbourhood.deliver()
        await gateway.delete("victim")


# Each is made by the test that needs it: the collection of the tests would take them all into memory.
MESSAGES: dict[str, tuple[Callable[[], bytes], int]] = {
    "with 100,000 flags": (lambda: letter(flags=FLAGS), 1),
    "with a text of 40 MB that is said to have 5 octets": (lambda: letter(text=b"x" * (40 * 2**20)), 1),
    "with 10,000 parts": (lambda: letter(body=b"(" + TEXT % 5 * 10_000 + b' "MIXED")'), 1),
    "to 20,000 addresses": (lambda: letter(to=ADDRESS * 20_000), 1),
    "with the last UID there is": (lambda: letter(uid=LAST), LAST),
}


@pytest.mark.parametrize("message", MESSAGES)
async def test_a_message_beyond_all_measure_is_announced_as_far_as_it_is_sane(
    gateway: Gateway, receiver: WebhookReceiver, neighbourhood: Neighbourhood, message: str
) -> None:
    say, uid = MESSAGES[message]
    account = f"victim of one {message}"
    async with FakeImapServer() as mail:
        mail.behave(holding(say(), uid))
        async with neighbourhood:
            await gateway.register(account, imap(mail, account), path=["INBOX"])
            await gateway.reaches(account, "connected")
            await neighbourhood.deliver()

            def news() -> list[Any]:
                return [each["data"] for each in events_of(receiver, account) if each["event"] == "messageNew"]

            while not news():
                await neighbourhood.deliver()
        assert [(each["uid"], each["subject"]) for each in news()] == [(uid, "bait")]
        assert len(news()[0]["flags"]) <= 100
        assert len(news()[0]["to"]) <= 10_000
