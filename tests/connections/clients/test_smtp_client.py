"""Signing in to SMTP servers, good and bad, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postroom.connections.clients.smtp_client import SmtpInfo, open_smtp
from postroom.connections.failures import ConnectionFailed, ConnectionLost, Failure, SignInRefused
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.timeouts import Timeouts
from postroom.imap.credentials import Credentials
from postroom.smtp.extensions import extensions_of
from tests.connections.smtp_checking import check_smtp
from tests.fakes.certificates import server_certificate
from tests.fakes.ports import PortReservation
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually

TIMEOUTS = Timeouts(connect=2, tls=0.5, greeting=0.5, command=1.5, command_total=2)
GOOD = Credentials("u1", "pass")
REFUSALS: tuple[type[ConnectionFailed | SignInRefused], ...] = (ConnectionFailed, SignInRefused)


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    return server_certificate().write(tmp_path)[2]


def endpoint_of(server: FakeSmtpServer, tls: TlsMode, **more: Any) -> Endpoint:
    return Endpoint("localhost", server.port, tls, **more)


async def check(endpoint: Endpoint, credentials: Credentials | None = GOOD, **more: Any) -> SmtpInfo:
    return await check_smtp(endpoint, credentials, TIMEOUTS, "postroom.example", **{"lookups": LOCALHOST, **more})


async def failure_of(endpoint: Endpoint, credentials: Credentials | None = GOOD, **more: Any) -> Failure:
    with pytest.raises(REFUSALS) as caught:
        await check(endpoint, credentials, **more)
    return caught.value.failure


async def test_plain_to_loopback() -> None:
    async with FakeSmtpServer() as server:
        info = await check(endpoint_of(server, "none-ok"))
        assert (info.tls, info.mechanism) == ("", "PLAIN")
        assert "size" in info.extensions
        assert server.statistics.count("login") == 1


@pytest.mark.parametrize(
    ("offered", "wanted"), [("starttls", "starttls"), ("starttls", "none-ok"), ("implicit", "implicit")]
)
async def test_tls(offered: Any, wanted: TlsMode, ca_file: Path) -> None:
    async with FakeSmtpServer(tls=offered, auth_needs_tls=True) as server:
        info = await check(endpoint_of(server, wanted, ca_file=ca_file))
        assert info.tls.startswith("TLSv1.")
        assert info.mechanism == "PLAIN"


async def test_login_when_there_is_no_plain_and_a_token_by_xoauth2() -> None:
    async with FakeSmtpServer(mechanisms=("LOGIN", "XOAUTH2")) as server:
        assert (await check(endpoint_of(server, "none-ok"))).mechanism == "LOGIN"
        token = Credentials("u1", access_token="pass")
        assert (await check(endpoint_of(server, "none-ok"), token)).mechanism == "XOAUTH2"
    async with FakeSmtpServer(mechanisms=("XOAUTH2", "OAUTHBEARER")) as server:
        assert (await check(endpoint_of(server, "none-ok"), token)).mechanism == "OAUTHBEARER"
        assert server.statistics.count("login", "u1") == 1


def encoded(*prompts: str) -> tuple[str, ...]:
    return tuple(base64.b64encode(prompt.encode()).decode() for prompt in prompts)


LOGIN_PROMPTS = [
    (encoded("Username:", "Password:"), "up"),
    (encoded("User Name\0", "Password\0"), "up"),
    (encoded("Password:", "Username:"), "pu"),
    (encoded("Username:", "Username:", "Password:"), "uup"),
    (encoded("Benutzer", "Kennwort"), "up"),
    (("", ""), "up"),
    (("Username:", "Password:"), "up"),
    (("enter your login", "enter your pwd"), "up"),
    (("????", "Password"), "up"),
]


@pytest.mark.parametrize(("prompts", "prompted"), LOGIN_PROMPTS)
@pytest.mark.parametrize("ignores", [True, False], ids=["ignores", "reads"])
async def test_login_answers_what_is_asked(prompts: tuple[str, ...], prompted: str, ignores: bool) -> None:
    server = FakeSmtpServer(mechanisms=("LOGIN",), prompts=prompts, prompted=prompted, ignores_initial=ignores)
    async with server:
        assert (await check(endpoint_of(server, "none-ok"))).mechanism == "LOGIN"
        assert server.statistics.count("login", "u1") == 1
        assert server.statistics.count("refused") == 0


async def test_a_password_that_is_asked_for_again_is_not_said_again() -> None:
    prompts = encoded("Username:", "Password:", "Password:")
    async with FakeSmtpServer(mechanisms=("LOGIN",), prompts=prompts, prompted="upp") as server:
        failure = await failure_of(endpoint_of(server, "none-ok"))
        assert failure.phase == "login"
        assert server.statistics.count("login") == 0


@pytest.mark.parametrize("mechanism", ["PLAIN", "XOAUTH2"])
async def test_a_server_that_ignores_what_comes_with_the_command_is_told_again(mechanism: str) -> None:
    def account(secret: str) -> Credentials:
        return Credentials("u1", secret) if mechanism == "PLAIN" else Credentials("u1", access_token=secret)

    async with FakeSmtpServer(mechanisms=(mechanism,), ignores_initial=True) as server:
        assert (await check(endpoint_of(server, "none-ok"), account("pass"))).mechanism == mechanism
        failure = await failure_of(endpoint_of(server, "none-ok"), account("wrong"))
        assert (failure.kind, server.statistics.count("refused")) == ("authentication", 1)


async def test_without_credentials_only_the_greeting_counts() -> None:
    async with FakeSmtpServer() as server:
        assert (await check(endpoint_of(server, "none-ok"), None)).mechanism is None
        assert server.statistics.count("login") == 0


async def test_wrong_password_is_tried_once() -> None:
    async with FakeSmtpServer() as server:
        failure = await failure_of(endpoint_of(server, "none-ok"), Credentials("u1", "wrong"))
        assert (failure.kind, failure.phase) == ("authentication", "login")
        assert server.statistics.count("refused") == 1


async def test_wrong_token() -> None:
    async with FakeSmtpServer() as server:
        failure = await failure_of(endpoint_of(server, "none-ok"), Credentials("u1", access_token="stale"))
        assert (failure.kind, failure.phase) == ("authentication", "login")


async def test_no_usable_mechanism() -> None:
    async with FakeSmtpServer(mechanisms=("NTLM",)) as server:
        failure = await failure_of(endpoint_of(server, "none-ok"))
        assert (failure.kind, failure.code) == ("authentication", "EAUTHMECHANISM")


@pytest.mark.long
@pytest.mark.parametrize(
    ("break_it", "kind", "phase", "code"),
    [
        (lambda server: server.reply_with("AUTH", "454 4.7.0 Temporary failure"), "connection", "login", "4.7.0"),
        (lambda server: server.reply_with("AUTH", "534 5.7.9 App password needed"), "authentication", "login", "5.7.9"),
        (lambda server: server.drop_on("AUTH"), "connection", "login", "ECONNRESET"),
        (lambda server: server.stay_silent_on("AUTH"), "connection", "login", "ETIMEDOUT"),
        (lambda server: server.stay_silent_on("GREETING"), "connection", "greeting", "ETIMEDOUT"),
        (lambda server: server.drop_on("GREETING"), "connection", "greeting", "ECONNRESET"),
        (lambda server: server.reply_with("GREETING", "421 4.3.2 Busy"), "connection", "greeting", "4.3.2"),
        (lambda server: server.reply_with("GREETING", "554 No"), "connection", "greeting", "554"),
        (lambda server: server.drop_on("EHLO"), "connection", "greeting", "ECONNRESET"),
    ],
)
async def test_bad_days(break_it: Callable[[FakeSmtpServer], None], kind: str, phase: str, code: str) -> None:
    async with FakeSmtpServer() as server:
        break_it(server)
        failure = await failure_of(endpoint_of(server, "none-ok"))
        assert (failure.kind, failure.phase, failure.code) == (kind, phase, code)


async def test_goodbye_does_not_matter() -> None:
    async with FakeSmtpServer() as server:
        server.drop_on("QUIT")
        assert (await check(endpoint_of(server, "none-ok"))).mechanism == "PLAIN"


async def test_starttls_is_demanded() -> None:
    async with FakeSmtpServer() as server:
        failure = await failure_of(endpoint_of(server, "starttls"))
        assert (failure.kind, failure.phase, failure.code) == ("connection", "tls", "ETLSREQUIRED")
        assert server.statistics.count("login") == 0


@pytest.mark.parametrize(("offered", "wanted"), [("starttls", "none-ok"), ("implicit", "implicit")])
async def test_untrusted_certificate(offered: Any, wanted: TlsMode) -> None:
    async with FakeSmtpServer(tls=offered) as server:
        failure = await failure_of(endpoint_of(server, wanted))
        assert (failure.phase, failure.code) == ("tls", "ECERTUNTRUSTED")
        assert server.statistics.count("login") == 0


async def test_no_tls_on_that_port() -> None:
    async with FakeSmtpServer() as server:
        failure = await failure_of(endpoint_of(server, "implicit"))
        assert (failure.phase, failure.code) == ("tls", "EPLAINTEXT")


async def test_nobody_there_and_address_policy() -> None:
    reservation = PortReservation()
    failure = await failure_of(Endpoint("localhost", reservation.port, "none-ok"))
    assert (failure.phase, failure.code) == ("connect", "ECONNREFUSED")
    failure = await failure_of(Endpoint("localhost", reservation.port, "none-ok"), policy=AddressPolicy.PUBLIC)
    assert (failure.phase, failure.code) == ("dns", "EEGRESSBLOCKED")
    reservation.release()


@pytest.mark.parametrize("begun", [b"", b"220 ready\r\n"], ids=["greeting", "EHLO"])
@pytest.mark.parametrize("piece", [b"250-and so on\r\n" * 5000, b"x" * 70_000], ids=["lines", "one line"])
async def test_a_reply_without_end_is_cut_off_at_little_cost(begun: bytes, piece: bytes) -> None:
    floods: list[asyncio.Task[None]] = []

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        floods.append(asyncio.current_task())  # type: ignore[arg-type]
        try:
            writer.write(begun)
            if begun:
                await reader.readline()
            while True:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        except OSError:
            writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    endpoint = Endpoint("127.0.0.1", server.sockets[0].getsockname()[1], "none-ok")
    used = time.thread_time()
    failure = await failure_of(endpoint)
    assert failure.code == "EPROTOCOL"
    assert time.thread_time() - used < 1
    server.close()
    await asyncio.gather(*floods)


@pytest.mark.long
@pytest.mark.parametrize(
    ("stage", "code", "phase"), [("GREETING", 220, "greeting"), ("EHLO", 250, "greeting"), ("AUTH", 235, "login")]
)
async def test_each_phase_has_one_limit_however_a_server_drips(stage: str, code: int, phase: str) -> None:
    async with FakeSmtpServer() as server:
        server.drip_on(stage, code)
        async with asyncio.timeout(60):
            failure = await failure_of(endpoint_of(server, "none-ok"))
        assert (failure.kind, failure.phase, failure.code) == ("connection", phase, "ETIMEDOUT")


async def test_the_goodbye_of_a_dripping_server_is_not_waited_for() -> None:
    async with FakeSmtpServer() as server:
        server.drip_on("QUIT", 221)
        async with asyncio.timeout(60):
            assert (await check(endpoint_of(server, "none-ok"))).mechanism == "PLAIN"


@pytest.mark.parametrize("politely", [True, False])
async def test_who_wants_to_know_of_the_end_is_told_once(politely: bool) -> None:
    told: list[int] = []
    async with FakeSmtpServer() as server:
        session = await open_smtp(
            endpoint_of(server, "none-ok"), Credentials("u", "pass"), TIMEOUTS, "postroom.example", lookups=LOCALHOST
        )
        session.when_closed(lambda: told.append(1))
        if politely:
            await session.leave()
        session.close()
        session.close()
        assert server.statistics.count("command", "QUIT") == int(politely)
    assert told == [1]


HELLOS = {
    "refused name": (("EHLO", "550 5.7.1 Your name is not welcome", 1), ["EHLO postroom.example", "EHLO [127.0.0.1]"]),
    "no EHLO": (("EHLO", "502 5.5.1 Not implemented", None), ["EHLO postroom.example", "HELO postroom.example"]),
    "refused at all": (
        ("EHLO", "550 5.7.1 No", None),
        ["EHLO postroom.example", "EHLO [127.0.0.1]", "HELO postroom.example"],
    ),
}


@pytest.mark.parametrize(("script", "said"), HELLOS.values(), ids=list(HELLOS))
async def test_a_server_that_does_not_like_the_hello(script: tuple[str, str, int | None], said: list[str]) -> None:
    async with FakeSmtpServer() as server:
        stage, reply, times = script
        server.reply_with(stage, reply, times=times)
        await check(endpoint_of(server, "none-ok"), None)
        assert [line for line in server.lines if line[1:4] in ("HLO", "ELO")] == said


async def test_a_server_that_is_busy_at_the_hello_is_not_asked_twice() -> None:
    async with FakeSmtpServer() as server:
        server.reply_with("EHLO", "451 4.3.0 Busy")
        assert (await failure_of(endpoint_of(server, "none-ok"))).phase == "greeting"
        assert server.lines == ["EHLO postroom.example"]


async def test_the_line_of_a_session_is_taken_over(ca_file: Path) -> None:
    for tls, wanted in (("starttls", "starttls"), ("implicit", "implicit"), (None, "none-ok")):
        async with FakeSmtpServer(tls=tls, extensions=ALL_EXTENSIONS) as server:  # type: ignore[arg-type]
            endpoint = endpoint_of(server, wanted, ca_file=ca_file)  # type: ignore[arg-type]
            session = await open_smtp(endpoint, GOOD, TIMEOUTS, "postroom.example", lookups=LOCALHOST)
            assert session.offered == extensions_of(ALL_EXTENSIONS)
            line = session.take_over()
            line.write(b"NOOP\r\nNOOP\r\n", replies=2)
            assert [(await line.reply(5)).code for _ in range(2)] == [250, 250]
            await session.leave()
            assert server.statistics.commands()[-1] == "QUIT"
            assert not line.is_whole


async def test_no_line_is_taken_over_from_a_server_that_has_closed() -> None:
    async with FakeSmtpServer() as server:
        session = await open_smtp(endpoint_of(server, "none-ok"), GOOD, TIMEOUTS, "me", lookups=LOCALHOST)
        await server.stop()
        await eventually(lambda: not session.client.is_connected)
        with pytest.raises(ConnectionLost):
            session.take_over()
        session.close()
