"""IMAP sessions over real sockets: opening, commands, IDLE and the end, on good days and on bad ones."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postroom.connections.clients.imap_client import Credentials, SignIn, open_imap
from postroom.connections.failures import ConnectionLost, judge
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import TlsMode
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.append import Append
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.imap.commands.status import Status
from postroom.imap.errors import CommandFailed, LocalProtocolError
from postroom.imap.limits import Limits
from postroom.imap.responses import ExistsData, ExpungeData, FetchData
from postroom.imap.sets import UidSet
from postroom.words.strangers import WITHHELD
from tests.connections.imap_opening import PROMPT, QUICK, endpoint_of, failure_of, signed_in
from tests.fakes.certificates import server_certificate
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.imap_server import (
    Behaviour,
    FakeImapServer,
    announce_huge_literal,
    answer,
    before_answer,
    bye_in_idle,
    cut_greeting,
    deep_parentheses,
    drip,
    drop_during,
    endless_bye,
    endless_line,
    greet_with,
    inject_after_starttls,
    never_answer,
    never_greet,
    refuse_login,
    swallow_in_idle,
    throttle_after,
    trickle,
)
from tests.fakes.lookups import KnownNames
from tests.fakes.ports import PortReservation
from tests.fakes.waiting import eventually

MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    return server_certificate().write(tmp_path)[2]


# Opening


async def test_opens_and_tells_what_it_found() -> None:
    async with FakeImapServer() as server:
        endpoint = endpoint_of(server)
        async with signed_in(endpoint, client_id={"name": "Postroom"}) as client:
            assert "IDLE" in client.capabilities
            assert (client.info.delimiter, client.info.login) == ("/", "PLAIN")
            assert client.info.server_id == {"name": "Fake IMAP server"}
            assert (client.security.version, client.security.cipher) == ("", "")
            assert client.selected is None
            assert not client.closed
        assert client.closed
        await eventually(lambda: server.statistics.open_connections == 0)


@pytest.mark.parametrize(
    ("offered", "wanted"), [("starttls", "starttls"), ("starttls", "none-ok"), ("implicit", "implicit")]
)
async def test_opens_with_tls(offered: Any, wanted: TlsMode, ca_file: Path) -> None:
    async with (
        FakeImapServer(tls=offered) as server,
        signed_in(endpoint_of(server, wanted, ca_file=ca_file)) as client,
    ):
        assert client.security.version.startswith("TLSv1.")
        assert (await client.run(Select("INBOX"))).exists == 0


async def test_signs_in_with_a_token() -> None:
    async with FakeImapServer() as server:
        sign_in = SignIn(Credentials("u1", access_token="pass"))
        client = await open_imap(endpoint_of(server), sign_in, QUICK, lookups=LOCALHOST)
        assert client.info.login == "OAUTHBEARER"
        await client.logout(1.0)


OPENING_FAILURES: list[tuple[Behaviour, str, str, str]] = [
    (never_greet(), "connection", "greeting", "ETIMEDOUT"),
    (cut_greeting(), "connection", "greeting", "ECONNRESET"),
    (greet_with("* BYE Too many connections"), "connection", "greeting", "LIMIT"),
    (greet_with("* BYE Too many connections", then_close=True), "connection", "greeting", "LIMIT"),
    (greet_with("* OK ready", then_close=True), "connection", "login", "ECONNRESET"),
    (greet_with("220 smtp.example ESMTP"), "connection", "greeting", "EPROTOCOL"),
    (refuse_login(), "authentication", "login", "AUTHENTICATIONFAILED"),
    (refuse_login(None, "No such user"), "authentication", "login", "AUTHENTICATIONFAILED"),
    (refuse_login("UNAVAILABLE"), "connection", "login", "UNAVAILABLE"),
    (refuse_login("LIMIT"), "connection", "login", "LIMIT"),
    (refuse_login("INUSE"), "connection", "login", "INUSE"),
    (refuse_login(None, "Too many simultaneous connections. (Failure)"), "connection", "login", "LIMIT"),
    (refuse_login(None, "Go away", status="BYE"), "connection", "login", "BYE"),
    (refuse_login(None, "What?", status="BAD"), "connection", "login", "BAD"),
    (drop_during("LOGIN"), "connection", "login", "ECONNRESET"),
    (drop_during("LOGIN", abruptly=True), "connection", "login", "ECONNRESET"),
    (drop_during("NAMESPACE"), "connection", "login", "ECONNRESET"),
    (never_answer("LOGIN"), "connection", "login", "ETIMEDOUT"),
    (endless_bye("AUTHENTICATE"), "connection", "login", "BYE"),
    (announce_huge_literal(on="AUTHENTICATE"), "connection", "login", "ABUSE"),
    (endless_line(on="NAMESPACE"), "connection", "login", "ABUSE"),
    (answer("NAMESPACE", tagged="BAD User is authenticated but not connected."), "connection", "login", "NOTCONNECTED"),
    (throttle_after(0), "connection", "login", "THROTTLED"),
]


@pytest.mark.long
@pytest.mark.parametrize(("behaviour", "kind", "phase", "code"), OPENING_FAILURES)
async def test_openings_that_fail(behaviour: Behaviour, kind: str, phase: str, code: str) -> None:
    async with FakeImapServer() as server:
        server.behave(behaviour)
        start = time.monotonic()
        failure = await failure_of(endpoint_of(server))
        assert time.monotonic() - start < PROMPT
        assert (failure.kind, failure.phase, failure.code) == (kind, phase, code)
        assert failure.response
        await eventually(lambda: server.statistics.open_connections == 0, what="the socket is closed")
        # Whether a silent server waits for TLS is asked beside.
        assert server.statistics.connections == (2 if (phase, code) == ("greeting", "ETIMEDOUT") else 1)


async def test_wrong_password_in_the_servers_own_words() -> None:
    async with FakeImapServer() as server:
        failure = await failure_of(endpoint_of(server), password="wrong")
        assert (failure.kind, failure.response, failure.status) == ("authentication", "Invalid credentials", "NO")
        assert server.statistics.refused_logins == 1


async def test_words_that_repeat_the_password_are_left_out() -> None:
    async with FakeImapServer(capabilities=("IMAP4rev1",)) as server:
        server.behave(refuse_login(None, "LOGIN u1 hunter2 is wrong"))
        failure = await failure_of(endpoint_of(server), password="hunter2")
        assert failure.response == WITHHELD
        server.behave(refuse_login(None, "LOGIN u1 hunter2 is wrong", status="BYE"))
        failure = await failure_of(endpoint_of(server), password="hunter2")
        assert failure.response == WITHHELD


async def test_the_page_to_open_is_passed_on() -> None:
    link = "https://accounts.example/signin?plt=abc"
    alert = f"* NO [WEBALERT {link}] Web login required.\r\n".encode()
    async with FakeImapServer() as server:
        server.behave(before_answer(alert, on="AUTHENTICATE"))
        failure = await failure_of(endpoint_of(server), password="wrong")
        assert link in failure.response
        assert "browser" in failure.advice


async def test_passwords_with_special_characters() -> None:
    for password in ('quo"te', "back\\slash", "sp ace", "päßwörd", "{5}", "%*", "a\r\nb"):
        async with FakeImapServer(password=password) as server, signed_in(endpoint_of(server), password=password):
            pass
    with pytest.raises(LocalProtocolError) as caught:
        Credentials("u1", "nul\0")
    assert judge(caught.value, "login").code == "ECREDENTIALS"


# TLS


async def test_bytes_injected_behind_starttls_are_refused(ca_file: Path) -> None:
    async with FakeImapServer(tls="starttls") as server:
        server.behave(inject_after_starttls())
        failure = await failure_of(endpoint_of(server, "starttls", ca_file=ca_file))
        assert (failure.kind, failure.phase, failure.code) == ("connection", "tls", "EPROTOCOL")
        assert server.statistics.logins == server.statistics.refused_logins == 0


async def test_starttls_that_is_demanded(ca_file: Path) -> None:
    async with FakeImapServer() as server:
        failure = await failure_of(endpoint_of(server, "starttls", ca_file=ca_file))
        assert (failure.phase, failure.code) == ("tls", "ETLSREQUIRED")
    async with FakeImapServer(tls="starttls") as server:
        server.behave(answer("STARTTLS", tagged="NO Not today"))
        failure = await failure_of(endpoint_of(server, "starttls", ca_file=ca_file))
        assert (failure.phase, failure.code, failure.response) == ("tls", "ESTARTTLS", "Not today")
        server.behave(drop_during("STARTTLS"))
        failure = await failure_of(endpoint_of(server, "starttls", ca_file=ca_file))
        assert (failure.phase, failure.code) == ("tls", "ECONNRESET")
        server.behave(greet_with("* PREAUTH welcome"))
        failure = await failure_of(endpoint_of(server, "starttls", ca_file=ca_file))
        assert (failure.phase, failure.code) == ("greeting", "ETLSREQUIRED")
        assert server.statistics.logins == server.statistics.refused_logins == 0


@pytest.mark.parametrize(("offered", "wanted"), [("starttls", "none-ok"), ("implicit", "implicit")])
async def test_unknown_authority(offered: Any, wanted: TlsMode) -> None:
    async with FakeImapServer(tls=offered) as server:
        failure = await failure_of(endpoint_of(server, wanted))
        assert (failure.kind, failure.phase, failure.code) == ("connection", "tls", "ECERTUNTRUSTED")
        assert server.statistics.logins == server.statistics.refused_logins == 0


async def test_certificate_of_another_host(ca_file: Path) -> None:
    async with FakeImapServer(tls="implicit") as server:
        lookups = KnownNames({"other.example": [server.host]})
        other = endpoint_of(server, "implicit", ca_file=ca_file, host="other.example")
        failure = await failure_of(other, lookups=lookups)
        assert (failure.phase, failure.code) == ("tls", "ECERTNAME")
        assert "other.example" in failure.response
        async with signed_in(replace(other, verify=False), lookups=lookups) as client:
            assert client.security.version


@pytest.mark.long
async def test_a_tls_handshake_that_hangs(ca_file: Path) -> None:
    async with FakeImapServer(tls="implicit") as server, FaultProxy(server.host, server.port) as proxy:
        proxy.blackhole()
        failure = await failure_of(endpoint_of(proxy, "implicit", ca_file=ca_file))
        assert (failure.phase, failure.code) == ("tls", "ETIMEDOUT")


# Addresses


async def test_nobody_there_no_such_host_and_forbidden_hosts() -> None:
    reservation = PortReservation()
    reservation.host = "127.0.0.1"  # type: ignore[attr-defined]
    for change, phase, code in (
        ({}, "connect", "ECONNREFUSED"),
        ({"host": "no-such-host.invalid"}, "dns", "ENOTFOUND"),
        ({"host": "169.254.169.254"}, "dns", "EEGRESSBLOCKED"),
    ):
        failure = await failure_of(endpoint_of(reservation, **change))  # type: ignore[arg-type]
        assert (failure.kind, failure.phase, failure.code) == ("connection", phase, code)
    failure = await failure_of(endpoint_of(reservation), policy=AddressPolicy.PUBLIC)  # type: ignore[arg-type]
    assert failure.code == "EEGRESSBLOCKED"
    reservation.release()


# Commands


async def test_commands_and_what_is_selected() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        for _ in range(3):
            server.append("u1", MESSAGE)
        assert (await client.run(Select("INBOX"))).exists == 3
        assert client.selected is not None
        assert client.selected.exists == 3
        fetched = await client.run(Fetch(UidSet([(1, 3)]), ("UID", "BODY.PEEK[]")))
        assert [message.uid for message in fetched.messages] == [1, 2, 3]
        with pytest.raises(CommandFailed, match="NONEXISTENT"):
            await client.run(Select("Nowhere"))
        assert client.selected is None
        await client.run(Noop())


async def test_large_messages_both_ways() -> None:
    message = b"Subject: large\r\n\r\n" + b"x" * 8_000_000
    async with FakeImapServer() as server, signed_in(endpoint_of(server), timeouts=Timeouts()) as client:
        await client.run(Append("INBOX", message))
        await client.run(Select("INBOX"))
        fetched = await client.run(Fetch(UidSet([(1, 1)]), ("UID", "BODY.PEEK[]")))
        assert fetched.messages[0].sections[""] == message


async def test_ten_commands_at_once() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        names = ["INBOX", "Sent", "Drafts", "Junk", "Trash"] * 2
        answers = await asyncio.gather(*(client.run(Status(name, ("MESSAGES",))) for name in names))
        assert [told.name for told in answers] == names


async def test_a_cancelled_command_leaves_the_session_usable() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server), timeouts=Timeouts()) as client:
        server.append("u1", b"Subject: large\r\n\r\n" + b"x" * 3_000_000)
        await client.run(Select("INBOX"))
        for pause in (0.0, 0.001, 0.005, 0.02):
            fetching = asyncio.create_task(client.run(Fetch(UidSet([(1, 1)]), ("UID", "BODY.PEEK[]"))))
            await asyncio.sleep(pause)
            fetching.cancel()
            assert (await client.run(Status("Sent", ("MESSAGES",)))).name == "Sent"
            await asyncio.wait([fetching])
            assert fetching.cancelled() or len(fetching.result().messages) == 1
        fetched = await client.run(Fetch(UidSet([(1, 1)]), ("UID", "BODY.PEEK[]")))
        assert len(fetched.messages) == 1


async def test_a_refused_command_does_not_touch_the_others() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        outcomes = await asyncio.gather(
            client.run(Status("Sent", ("MESSAGES",))),
            client.run(Status("Nowhere", ("MESSAGES",))),
            client.run(Status("Junk", ("MESSAGES",))),
            return_exceptions=True,
        )
        assert isinstance(outcomes[1], CommandFailed)
        assert [getattr(each, "name", None) for each in outcomes] == ["Sent", None, "Junk"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (never_answer("NOOP"), "ETIMEDOUT"),
        (trickle(0.3, on="NOOP"), "ETIMEDOUT"),
        (drip("NOOP"), "ETIMEDOUT"),
        (drop_during("NOOP"), "ECONNRESET"),
        (drop_during("NOOP", abruptly=True), "ECONNRESET"),
        (announce_huge_literal(on="NOOP"), "ABUSE"),
        (endless_line(on="NOOP"), "ABUSE"),
        (before_answer(b"* 1 FETCH (UID {5\r\n)\r\n", on="NOOP"), None),
        (deep_parentheses(on="NOOP"), None),
        (answer("NOOP", "* BYE Shutting down", tagged="OK Done"), "UNAVAILABLE"),
        (endless_bye("NOOP"), "BYE"),
    ],
)
async def test_sessions_that_break(behaviour: Behaviour, code: str | None) -> None:
    async with FakeImapServer() as server:
        server.behave(behaviour)
        sign_in, limits = SignIn(Credentials("u1", "pass")), Limits(max_line=1_000_000, max_literal=10_000_000)
        client = await open_imap(endpoint_of(server), sign_in, QUICK, limits=limits, lookups=LOCALHOST)
        start = time.monotonic()
        outcomes = await asyncio.gather(client.run(Noop()), client.run(Select("INBOX")), return_exceptions=True)
        assert time.monotonic() - start < PROMPT
        if code is None:
            # Malformed, but it can be skipped: nothing of it may stop the session.
            assert not any(isinstance(each, Exception) and not isinstance(each, ConnectionLost) for each in outcomes)
        else:
            for outcome in outcomes:
                assert isinstance(outcome, ConnectionLost)
                assert outcome.failure.code == code
            assert client.closed
            with pytest.raises(ConnectionLost):
                await client.run(Noop())
        client.close()
        await eventually(lambda: server.statistics.open_connections == 0)
        assert server.statistics.connections == 1


@pytest.mark.long
async def test_a_slow_but_living_server_is_waited_for() -> None:
    patient = Timeouts(command=2.0, command_total=60.0)
    async with FakeImapServer() as server:
        server.behave(trickle(0.05, on="STATUS"))
        async with signed_in(endpoint_of(server), timeouts=patient) as client:
            start = time.monotonic()
            await client.run(Status("INBOX", ("MESSAGES", "UIDNEXT")))
            assert time.monotonic() - start > 2.0


async def test_closing_wakes_those_who_wait() -> None:
    async with FakeImapServer() as server:
        server.behave(never_answer("NOOP"))
        async with signed_in(endpoint_of(server)) as client:
            running = asyncio.create_task(client.run(Noop()))
            await asyncio.sleep(0.05)
            client.close()
            with pytest.raises(ConnectionLost):
                await running


# IDLE


async def test_idle_wakes_at_once_for_every_kind_of_news() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server), timeouts=Timeouts()) as client:
        await client.run(Select("INBOX"))
        for make_news, kind in (
            (lambda: server.append("u1", MESSAGE), ExistsData),
            (lambda: server.set_flags("u1", 1, ["\\Seen"]), FetchData),
            (lambda: server.expunge("u1", 1), ExpungeData),
        ):
            idling = asyncio.create_task(client.idle(30))
            await eventually(lambda: any(session.idling for session in server.world.sessions))
            start = time.monotonic()
            make_news()
            news = await idling
            assert time.monotonic() - start < PROMPT
            assert [type(each) for each in news] == [kind]
        assert client.selected is not None
        assert client.selected.exists == 0


async def test_idle_returns_nothing_at_its_time_and_is_renewed() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        for _ in range(3):
            assert await client.idle(0.05) == []
        assert server.statistics.commands().count("IDLE") == 3
        await client.run(Noop())


async def test_news_during_other_commands_are_kept_for_idle() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        server.append("u1", MESSAGE)
        await client.run(Noop())
        assert [type(each) for each in await client.idle(30)] == [ExistsData]
        assert client.take_news() == []
        assert "IDLE" not in server.statistics.commands()


async def test_remarks_do_not_end_idle() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        server.behave_now(before_answer(b"* OK Still here\r\n* 3 RECENT\r\n", on="IDLE"))
        start = time.monotonic()
        assert await client.idle(0.2) == []
        assert time.monotonic() - start > 0.19  # Timers count in milliseconds.


async def test_a_command_ends_idle_and_so_does_wake() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server), timeouts=Timeouts()) as client:
        await client.run(Select("INBOX"))
        idling = asyncio.create_task(client.idle(30))
        await eventually(lambda: any(session.idling for session in server.world.sessions))
        assert (await client.run(Status("Sent", ("MESSAGES",)))).name == "Sent"
        assert await idling == []
        client.wake()
        assert await client.idle(30) == []
        idling = asyncio.create_task(client.idle(30))
        await eventually(lambda: any(session.idling for session in server.world.sessions))
        client.wake()
        assert await idling == []


async def test_a_cancelled_idle_leaves_the_session_usable() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        for pause in (0.0, 0.001, 0.05):
            idling = asyncio.create_task(client.idle(30))
            await asyncio.sleep(pause)
            idling.cancel()
            await asyncio.gather(idling, return_exceptions=True)
            await client.run(Noop())
        assert await client.idle(0.05) == []


async def test_idle_that_is_refused() -> None:
    async with FakeImapServer() as server:
        server.behave(answer("IDLE", tagged="BAD Unknown command"))
        async with signed_in(endpoint_of(server)) as client:
            await client.run(Select("INBOX"))
            with pytest.raises(CommandFailed):
                await client.idle(30)
            await client.run(Noop())


@pytest.mark.long
@pytest.mark.parametrize(
    ("behaviour", "code", "status"),
    [
        (bye_in_idle(), "BYE", "BYE"),
        (bye_in_idle(close=False), "BYE", "BYE"),
        (bye_in_idle("Server shutting down"), "UNAVAILABLE", "BYE"),
        (endless_bye("IDLE"), "BYE", "BYE"),
        (drop_during("IDLE"), "ECONNRESET", None),
        (announce_huge_literal(on="IDLE"), "ABUSE", None),
        (swallow_in_idle(), "ETIMEDOUT", None),
        (never_answer("IDLE"), "ETIMEDOUT", None),
        (drip("IDLE"), "ETIMEDOUT", None),
    ],
)
async def test_idles_that_break(behaviour: Behaviour, code: str, status: str | None) -> None:
    async with FakeImapServer() as server:
        server.behave(behaviour)
        async with signed_in(endpoint_of(server)) as client:
            await client.run(Select("INBOX"))
            start = time.monotonic()
            with pytest.raises(ConnectionLost) as caught:
                await client.idle(0.2 if code == "ETIMEDOUT" else 30)
            assert time.monotonic() - start < PROMPT
            failure = caught.value.failure
            assert (failure.phase, failure.code, failure.status) == ("idle", code, status)
            assert client.closed
            await eventually(lambda: server.statistics.open_connections == 0, what="the socket is closed")


@pytest.mark.long
async def test_a_peer_that_vanishes_in_idle_is_noticed() -> None:
    async with (
        FakeImapServer() as server,
        FaultProxy(server.host, server.port) as proxy,
        signed_in(endpoint_of(proxy)) as client,
    ):
        await client.run(Select("INBOX"))
        assert await client.idle(0.05) == []
        proxy.blackhole()
        with pytest.raises(ConnectionLost) as caught:
            await client.idle(0.1)
        assert (caught.value.failure.phase, caught.value.failure.code) == ("idle", "ETIMEDOUT")


async def test_a_line_that_is_cut_in_idle() -> None:
    async with FakeImapServer() as server, FaultProxy(server.host, server.port) as proxy:
        for reset in (False, True):
            async with signed_in(endpoint_of(proxy)) as client:
                await client.run(Select("INBOX"))
                idling = asyncio.create_task(client.idle(30))
                await eventually(lambda: any(session.idling for session in server.world.sessions))
                proxy.cut(reset=reset)
                with pytest.raises(ConnectionLost) as caught:
                    await idling
                assert caught.value.failure.code == "ECONNRESET"
                await eventually(lambda: not server.world.sessions)


async def test_news_without_end_are_bounded() -> None:
    flood = b"".join(b"* %d EXISTS\r\n" % number for number in range(1, 5001))
    async with FakeImapServer() as server, signed_in(endpoint_of(server), timeouts=Timeouts()) as client:
        await client.run(Select("INBOX"))
        server.behave_now(before_answer(flood, on="NOOP"))
        await client.run(Noop())
        news = client.take_news()
        assert len(news) == 1000
        assert news[-1] == ExistsData(5000)


# The end


async def test_logs_out() -> None:
    async with FakeImapServer() as server:
        async with signed_in(endpoint_of(server)) as client:
            await client.run(Select("INBOX"))
            await client.logout(1.0)
            assert client.closed
            await client.logout(1.0)
        assert server.statistics.count("logout") == 1


@pytest.mark.parametrize(
    "behaviour",
    [never_answer("LOGOUT"), drop_during("LOGOUT"), endless_bye("LOGOUT"), answer("LOGOUT", tagged="BAD No")],
)
async def test_logging_out_never_fails_and_is_bounded(behaviour: Behaviour) -> None:
    async with FakeImapServer() as server:
        server.behave(behaviour)
        async with signed_in(endpoint_of(server), timeouts=Timeouts()) as client:
            start = time.monotonic()
            await client.logout(0.2)
            assert time.monotonic() - start < PROMPT
            assert client.closed
        await eventually(lambda: server.statistics.open_connections == 0)


async def test_logging_out_that_is_cancelled_closes_all_the_same() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        server.behave_now(never_answer("LOGOUT"))
        leaving = asyncio.create_task(client.logout(60))
        await eventually(lambda: "LOGOUT" in server.statistics.commands())
        leaving.cancel()
        await asyncio.wait((leaving,))
        assert leaving.cancelled()
        assert client.closed
        await eventually(lambda: server.statistics.open_connections == 0)


async def test_logging_out_of_an_idle_session() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        idling = asyncio.create_task(client.idle(30))
        await eventually(lambda: any(session.idling for session in server.world.sessions))
        await client.logout(1.0)
        await asyncio.gather(idling, return_exceptions=True)
        assert server.statistics.count("logout") == 1


async def test_an_opening_that_is_cancelled_leaves_no_socket() -> None:
    async with FakeImapServer() as server:
        server.behave(never_greet())
        sign_in, patient = SignIn(Credentials("u1", "pass")), Timeouts(greeting=30)
        opening = asyncio.create_task(open_imap(endpoint_of(server), sign_in, patient, lookups=LOCALHOST))
        await eventually(lambda: server.statistics.open_connections == 1)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await eventually(lambda: server.statistics.open_connections == 0)


async def test_a_server_that_can_do_little() -> None:
    async with FakeImapServer(capabilities=("IMAP4rev1",)) as server, signed_in(endpoint_of(server)) as client:
        assert client.info.login == "LOGIN"
        assert (await client.run(Select("INBOX"))).exists == 0
