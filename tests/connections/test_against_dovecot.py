"""The IMAP client against a real Dovecot: every kind of encryption, work, news, and a server that goes away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from postroom.connections.failures import ConnectionLost
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.append import Append
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.imap.commands.status import Status
from postroom.imap.responses import ExistsData
from postroom.imap.sets import UidSet
from tests.connections.imap_opening import PROMPT, failure_of, signed_in
from tests.fakes.waiting import eventually
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = pytest.mark.dovecot

PATIENT = Timeouts(connect=5, tls=5, greeting=5, command=5, command_total=20, idle_end=5)


def endpoints(server: Dovecot) -> dict[str, Endpoint]:
    return {
        "plain": Endpoint("127.0.0.1", server.port, "none-ok"),
        "starttls": Endpoint("localhost", server.port, "starttls", ca_file=server.ca_file),
        "implicit": Endpoint("localhost", server.tls_port, "implicit", ca_file=server.ca_file),
    }


@pytest.fixture
def own_dovecot() -> Iterator[Dovecot]:
    """A Dovecot that the test may stop."""
    with Dovecot(DovecotOptions(mail_max_userip_connections=2)) as server:
        yield server


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
async def test_tls(dovecot: Dovecot, kind: str) -> None:
    async with signed_in(endpoints(dovecot)[kind], f"tls-{kind}", timeouts=PATIENT) as client:
        assert client.security.version == "TLSv1.3"
        assert client.info.login == "PLAIN"
        assert client.info.delimiter == "."
        assert {"IDLE", "QRESYNC", "LIST-STATUS"} <= client.capabilities


async def test_plain_on_loopback_does_without_tls_only_when_it_must(dovecot: Dovecot) -> None:
    endpoint = replace(endpoints(dovecot)["plain"], ca_file=dovecot.ca_file)
    async with signed_in(endpoint, "plain", timeouts=PATIENT) as client:
        # Dovecot offers STARTTLS, so it is used.
        assert client.security.version == "TLSv1.3"
    async with signed_in(endpoint, "plain", timeouts=PATIENT, avoid=frozenset({"STARTTLS"})) as client:
        assert client.security.version == ""
        assert (await client.run(Select("INBOX"))).exists == 0


@pytest.mark.parametrize("literals", ["LITERAL+", "synchronizing"])
async def test_passwords_that_only_a_literal_can_carry_by_login(literals: str) -> None:
    offered = None if literals == "LITERAL+" else capabilities_without("LITERAL+")
    no_sasl = frozenset({"AUTH=PLAIN", "AUTH=LOGIN"})
    async with Dovecot(DovecotOptions(imap_capability=offered)) as server:
        for number, password in enumerate(("pässwörd", 'é"\\ {5}', "日本語 parole")):
            user = f"literal{number}"
            server.set_password(user, password)
            async with signed_in(
                endpoints(server)["implicit"], user, password, timeouts=PATIENT, avoid=no_sasl
            ) as client:
                assert client.info.login == "LOGIN"
                assert (await client.run(Select("INBOX"))).exists == 0


async def test_wrong_password_and_unknown_authority(dovecot: Dovecot) -> None:
    failure = await failure_of(endpoints(dovecot)["implicit"], "u", "wrong", PATIENT)
    assert (failure.kind, failure.phase, failure.code) == ("authentication", "login", "AUTHENTICATIONFAILED")
    assert failure.response == "Authentication failed."
    failure = await failure_of(replace(endpoints(dovecot)["implicit"], ca_file=None), timeouts=PATIENT)
    assert (failure.kind, failure.phase, failure.code) == ("connection", "tls", "ECERTUNTRUSTED")


async def test_work(dovecot: Dovecot) -> None:
    message = b"Subject: hello\r\n\r\n" + b"x" * 2_000_000 + b"\r\n"
    async with signed_in(endpoints(dovecot)["implicit"], "work", timeouts=PATIENT) as client:
        listing = await client.perform(list_mailboxes(client.capabilities))
        assert {"INBOX", "Sent", "Trash"} <= {mailbox.name for mailbox in listing.mailboxes}
        await client.run(Append("INBOX", message))
        opened = await client.run(Select("INBOX"))
        assert opened.exists == 1
        fetched = await client.run(Fetch(UidSet([(1, 1)]), ("UID", "BODY.PEEK[]")))
        assert fetched.messages[0].sections[""] == message
        names = ["Sent", "Trash", "Junk", "Drafts", "INBOX"] * 2
        answers = await asyncio.gather(*(client.run(Status(name, ("MESSAGES",))) for name in names))
        assert [told.name for told in answers] == names
        await client.logout(2.0)


async def test_news_in_idle(dovecot: Dovecot) -> None:
    async with signed_in(endpoints(dovecot)["implicit"], "news", timeouts=PATIENT) as client:
        await client.run(Select("INBOX"))
        idling = asyncio.create_task(client.idle(30))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(dovecot.deliver, "news", b"Subject: hello\r\n\r\nhello\r\n")
        start = time.monotonic()
        news = await idling
        # Dovecot itself collects changes for up to half a second.
        assert time.monotonic() - start < PROMPT
        assert ExistsData(1) in news


async def test_cancelled_commands_and_idles(dovecot: Dovecot) -> None:
    dovecot.deliver("cancelled", b"Subject: big\r\n\r\n" + b"x" * 1_000_000, copies=3)
    async with signed_in(endpoints(dovecot)["implicit"], "cancelled", timeouts=PATIENT) as client:
        await client.run(Select("INBOX"))
        for pause in (0.0, 0.001, 0.003, 0.01):
            for call in (client.run(Fetch(UidSet([(1, 3)]), ("UID", "BODY.PEEK[]"))), client.idle(10)):
                task = asyncio.create_task(call)
                await asyncio.sleep(pause)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert (await client.run(Status("Sent", ("MESSAGES",)))).name == "Sent"


async def test_too_many_connections_is_no_refusal(own_dovecot: Dovecot) -> None:
    endpoint = endpoints(own_dovecot)["implicit"]
    async with signed_in(endpoint, timeouts=PATIENT), signed_in(endpoint, timeouts=PATIENT):
        failure = await failure_of(endpoint, timeouts=PATIENT)
        # Dovecot 2.2 said UNAVAILABLE.
        assert (failure.kind, failure.phase, failure.code) == ("connection", "login", "LIMIT")
        assert "mail_max_userip_connections=2" in failure.response


@pytest.mark.parametrize(("abruptly", "code"), [(False, "UNAVAILABLE"), (True, "ECONNRESET")])
async def test_a_connection_is_ended_in_idle(own_dovecot: Dovecot, abruptly: bool, code: str) -> None:
    async with signed_in(endpoints(own_dovecot)["implicit"], timeouts=PATIENT) as client:
        await client.run(Select("INBOX"))
        idling = asyncio.create_task(client.idle(30))
        await asyncio.sleep(0.3)
        assert await asyncio.to_thread(own_dovecot.kill_connections, abruptly=abruptly) == 1
        with pytest.raises(ConnectionLost) as caught:
            async with asyncio.timeout(5):
                await idling
        assert (caught.value.failure.phase, caught.value.failure.code) == ("idle", code)
        with pytest.raises(ConnectionLost):
            await client.run(Noop())


async def test_a_server_that_stops_and_starts_again(own_dovecot: Dovecot) -> None:
    endpoint = endpoints(own_dovecot)["implicit"]
    async with signed_in(endpoint, timeouts=PATIENT) as client:
        await asyncio.to_thread(own_dovecot.stop, abruptly=True)
        with pytest.raises(ConnectionLost):
            await client.run(Noop())
    failure = await failure_of(endpoint, timeouts=PATIENT)
    assert (failure.phase, failure.code) == ("connect", "ECONNREFUSED")
    await asyncio.to_thread(own_dovecot.start)
    async with signed_in(endpoint, timeouts=PATIENT):
        await eventually(lambda: own_dovecot.connection_count() == 1)
