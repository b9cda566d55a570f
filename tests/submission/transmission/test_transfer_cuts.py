"""One message over one line that breaks at every octet: what is said of the message is true at the server.

`may_have_gone` is false only if the server cannot have the message, and a reply is there only if the server gave it.
"""

from __future__ import annotations

from typing import Literal

import pytest

from tests.fakes.fault_proxy import Direction, FaultProxy
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.submission.transmission.parcels import MESSAGE, Wish, carrier

FEW = ("8BITMIME",)
WITHOUT_CHUNKS = tuple(each for each in ALL_EXTENSIONS if each != "CHUNKING")
TWO = Wish(("b@example.test", "c@example.test"), pieces=(b"Subject: x\r\n\r\n.x\r\n",))


async def octets_of(server: FakeSmtpServer, direction: Direction) -> int:
    """How many octets a whole transfer has in this direction."""
    async with FaultProxy(server.host, server.port) as proxy, carrier(server, port=proxy.port) as each:
        before = proxy.forwarded[direction]
        assert (await each.carry(TWO)).reply is not None
        return proxy.forwarded[direction] - before


@pytest.mark.long
@pytest.mark.parametrize("direction", ["to_server", "to_client"])
@pytest.mark.parametrize("extensions", [FEW, WITHOUT_CHUNKS, ALL_EXTENSIONS], ids=["dot", "pipelined", "chunks"])
async def test_a_cut_at_any_octet(extensions: tuple[str, ...], direction: Direction) -> None:
    async with FakeSmtpServer(extensions=extensions) as server:
        total = await octets_of(server, direction)
        doubts = 0
        for count in [*range(0, total - 8, 5), *range(total - 8, total)]:
            server.messages.clear()
            async with FaultProxy(server.host, server.port) as proxy, carrier(server, port=proxy.port) as each:
                proxy.cut_after(count, direction)
                carried = await each.carry(TWO)
                doubts += carried.may_have_gone
            await eventually(lambda: server.statistics.open_connections == 0)
            taken = len(server.messages)
            assert (carried.reply is not None) <= (taken == 1)
            assert carried.may_have_gone or carried.reply is not None or taken == 0
        # Only the last octets can leave a doubt, and the whole answer is missing then.
        assert 0 < doubts < 60


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("extensions", [WITHOUT_CHUNKS, ALL_EXTENSIONS], ids=["dot", "chunks"])
async def test_over_tls(tls: Literal["starttls", "implicit"], extensions: tuple[str, ...]) -> None:
    large = Wish(pieces=((b"x" * 998 + b"\r\n") * 1000,) * 3)
    async with FakeSmtpServer(tls=tls, extensions=extensions) as server:
        async with carrier(server, tls=tls, verify=False) as each:
            for wish in (Wish(), large, Wish()):
                assert (await each.carry(wish)).reply is not None
            server.drop_on("TAKEN")
            carried = await each.carry()
        assert [message.content for message in server.messages] == [MESSAGE, b"".join(large.pieces), MESSAGE, MESSAGE]
        assert (carried.may_have_gone, carried.reply) == (True, None)
        server.behave()
        server.drop_in_data(after=50)
        async with carrier(server, tls=tls, verify=False) as each:
            carried = await each.carry(Wish(pieces=large.pieces * 8))
        assert (carried.may_have_gone, carried.reply) == (False, None)
