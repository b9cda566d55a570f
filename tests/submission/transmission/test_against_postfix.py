"""Messages over one connection to a real Postfix, which throws them away or delivers them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from postroom.connections.clients.smtp_client import open_smtp
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.timeouts import Timeouts
from postroom.imap.credentials import Credentials
from postroom.smtp.envelope import Dsn, SmtpEnvelope
from postroom.submission.transmission.parcel import Carried, Parcel
from postroom.submission.transmission.transfer import Transfer, TransferTerms
from tests.live.dovecot import Dovecot
from tests.live.postfix import Postfix
from tests.submission.transmission.parcels import PATIENT, Carrier, content_of

pytestmark = [pytest.mark.postfix, pytest.mark.dovecot]

SENDER = "postfix-wire@example.test"
# Postfix adds a Message-ID and a Date to messages without.
HEAD = (
    b"From: postfix-wire@example.test\r\nMessage-ID: <wire@example.test>\r\n"
    b"Date: Sat, 28 Nov 2026 09:00:00 +0000\r\nSubject: hello\r\n"
)


@asynccontextmanager
async def connected(postfix: Postfix, mode: TlsMode, *, in_chunks: bool) -> AsyncIterator[Carrier]:
    port = postfix.tls_port if mode == "implicit" else postfix.port
    endpoint = Endpoint("localhost", port, mode, ca_file=postfix.ca_file)
    user = Credentials(SENDER, postfix.dovecot.password)
    session = await open_smtp(endpoint, user, Timeouts(), "postroom.example.test", lookups=LOCALHOST)
    terms = TransferTerms("localhost", session.offered, PATIENT, in_chunks=in_chunks)
    yield Carrier(session, session.take_over(), terms)
    await session.leave()


async def carried(each: Carrier, octets: bytes, *recipients: str, pieces: int = 1, **more: object) -> Carried:
    async def may_send() -> bool:
        return True

    size = -(-len(octets) // pieces)
    content = content_of(*(octets[begin : begin + size] for begin in range(0, len(octets), size)))
    envelope = SmtpEnvelope(SENDER, recipients, len(octets), **more)  # type: ignore[arg-type]
    return await Transfer(each.line, each.terms, Parcel(envelope, content, may_send)).carry()


def arrived(dovecot: Dovecot, user: str) -> list[bytes]:
    """The messages in a mailbox, in their order."""
    with dovecot.side_door(user) as mailbox:
        count = int(mailbox.select()[1][0] or 0)
        if not count:
            return []
        return [bytes(each[1]) for each in mailbox.fetch(f"1:{count}", "(BODY.PEEK[])")[1] if isinstance(each, tuple)]


@pytest.mark.long
@pytest.mark.parametrize("in_chunks", [False, True], ids=["dot", "chunks"])
@pytest.mark.parametrize("mode", ["starttls", "implicit"])
async def test_messages_arrive_as_they_were_written(postfix: Postfix, mode: TlsMode, in_chunks: bool) -> None:
    user = f"postfix-wire-{mode}-{in_chunks}@example.test".lower()
    bodies = [
        b"\r\n.a dot\r\n..two\r\n.\r\nend\r\n",
        b"\r\n" + (b"x" * 900 + b"\r\n.\r\n") * 3000,
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nsch\xc3\xb6n\r\n",
    ]
    async with connected(postfix, mode, in_chunks=in_chunks) as each:
        offered = each.session.offered
        assert (offered.pipelining, offered.chunking, offered.eight_bit) == (True, True, True)
        for body in bodies:
            result = await carried(each, HEAD + body, user, "missing@example.test", pieces=7, is_eight_bit=True)
            assert result.reply is not None
            assert (result.reply.code, result.accepted) == (250, (user,))
            assert [refused.reply.code // 100 for refused in result.refused] == [5]
            assert result.is_usable
    while len(found := await asyncio.to_thread(arrived, postfix.dovecot, user)) < len(bodies):
        await asyncio.sleep(0.05)
    assert sorted(octets.partition(HEAD)[2] for octets in found) == sorted(bodies)


@pytest.mark.parametrize("in_chunks", [False, True], ids=["dot", "chunks"])
async def test_recipients_beyond_the_limit_of_postfix_go_in_further_transactions(
    dovecot: Dovecot, in_chunks: bool
) -> None:
    left = tuple(f"r{number}@discard.test" for number in range(120))
    times = 0
    async with (
        Postfix(dovecot, recipient_limit=50) as postfix,
        connected(postfix, "starttls", in_chunks=in_chunks) as each,
    ):
        while left:
            result = await carried(each, HEAD + b"\r\nhello\r\n", *left, dsn=Dsn("id", "headers", ("failure",)))
            assert result.reply is not None
            assert result.has_more == bool(result.untried)
            assert result.accepted
            left, times = result.untried, times + 1
    assert times == 3
