"""Mail servers that lie about folders and messages hurt their own account, and no neighbour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.imap.hostile_mail import lists, opens_with, says
from tests.fakes.imap_server import CAPABILITIES, Behaviour, FakeImapServer
from tests.flows.gateway import Gateway, imap
from tests.flows.test_hostile_servers import Neighbourhood, neighbourhood, probe, shared_gateway

__all__ = ["neighbourhood", "probe", "shared_gateway"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAST = 2**32 - 1
ESEARCH = (*CAPABILITIES, "ESEARCH", "ENABLE", "CONDSTORE", "QRESYNC")


def names(count: int) -> list[bytes]:
    return [b'"Folder %d"' % number for number in range(count)]


def literal(name: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(name), name)


FLAGS = b" ".join(b"flag%d" % number for number in range(100_000))
HEADER = b"X-A: " + b"=?utf-8?q?a?= " * (50 * 2**20 // 14)
SPARSE = b",".join(b"%d" % number for number in range(1, 2_000_000, 2))
TEXT = b'("TEXT" "PLAIN" ("CHARSET" "iso-2022-jp") NIL NIL "7BIT" %d 1 NIL NIL NIL NIL)'
ADDRESS = b'("Somebody" NIL "somebody" "example.com")'
DATE = b'INTERNALDATE "01-Jan-2100 00:00:00 +0000"'


def letter(*more: bytes, uid: int = 1, flags: bytes = b"", body: bytes = TEXT % 9, to: bytes = ADDRESS) -> bytes:
    envelope = b'ENVELOPE (NIL "hello" (%b) NIL NIL (%b) NIL NIL NIL NIL)' % (ADDRESS, to)
    items = (b"UID %d" % uid, b"FLAGS (%b)" % flags, DATE, b"RFC822.SIZE 9", envelope, b"BODYSTRUCTURE " + body, *more)
    return b"* 1 FETCH (%b)" % b" ".join(items)


def one(*lines: bytes, uid: int = 1) -> Behaviour:
    """A folder in which a message comes once it is open: every FETCH is answered with these lines."""
    return opens_with(exists=1, uidnext=uid + 1) | says("UID FETCH", *lines) | says("UID SEARCH", b"* SEARCH %d" % uid)


JUDGED = {"ABUSE", "EPROTOCOL"}
ATTACKS: dict[str, tuple[Behaviour, Callable[[Any], object]]] = {
    "50,000 folders": (lists(names(50_000)), lambda seen: beyond(seen) == 40_001),
    "1,000,000 folders": (lists(names(1_000_000)), lambda seen: code(seen) == "ABUSE"),
}


def code(seen: Any) -> str | None:
    return (seen["lastError"] or {}).get("serverResponseCode")


@pytest.mark.parametrize("attack", ATTACKS)
async def test_neighbours_get_their_mail(gateway: Gateway, neighbourhood: Neighbourhood, attack: str) -> None:
    behaviour, is_dealt_with = ATTACKS[attack]
    async with FakeImapServer(capabilities=ESEARCH) as mail:
        mail.behave(behaviour)
        async with neighbourhood:
            await gateway.register("victim", imap(mail, "victim"))
            while not is_dealt_with(seen := await gateway.get("victim")):
                await neighbourhood.deliver()
                print(seen["state"], seen["sync"], seen["lastError"])
        await gateway.delete("victim")


def beyond(seen: Any) -> int:
    return (seen["sync"] or {}).get("leftOut", {}).get("beyondLimit", 0)
