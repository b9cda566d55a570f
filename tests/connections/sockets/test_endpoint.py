"""Resolving, checking and racing addresses, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from postroom.connections.failures import ConnectionFailed
from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused
from postroom.connections.hosts.checked_host import check_host
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets import endpoint
from postroom.connections.sockets.endpoint import ConnectWay, Endpoint, connect, is_loopback, resolve
from postroom.connections.sockets.proxies import Proxy
from postroom.connections.timeouts import Timeouts
from postroom.settings import Settings
from tests.connections.imap_opening import PROMPT, QUICK, endpoint_of, failure_of, signed_in
from tests.connections.smtp_checking import check_smtp
from tests.fakes.certificates import server_certificate
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.lookups import KnownNames
from tests.fakes.ports import PortReservation
from tests.fakes.smtp_server import FakeSmtpServer


def info(host: str, port: int) -> Any:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = (host, port, 0, 0) if family == socket.AF_INET6 else (host, port)
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)


def way_to(host: str, port: int, addresses: list[Any]) -> ConnectWay:
    """The way to a host that has these addresses."""
    return ConnectWay(Endpoint(host, port), check_host(host, AddressPolicy.ANY), addresses)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that listens on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port of ::1 that swallows connection attempts: its queue is full and never taken from."""
    with socket.socket(socket.AF_INET6) as server:
        server.bind(("::1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        fillers = [socket.socket(socket.AF_INET6) for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("::1", port))
        time.sleep(0.05)
        yield port
        for filler in fillers:
            filler.close()


async def test_resolves_names_and_literals() -> None:
    found = (await resolve(Endpoint("localhost", 993), AddressPolicy.ANY, lookups=LOCALHOST)).addresses
    assert {address[4][0] for address in found} <= {"127.0.0.1", "::1"}
    assert {address[4][1] for address in found} == {993}
    for literal in ("127.0.0.1", "127.1", "0x7f000001"):
        way = await resolve(Endpoint(literal, 143), AddressPolicy.ANY, lookups=LOCALHOST)
        assert ([address[4][0] for address in way.addresses], way.server_name) == (["127.0.0.1"], "127.0.0.1")
    way = await resolve(Endpoint("[::1]", 143), AddressPolicy.ANY, lookups=LOCALHOST)
    assert [address[4][0] for address in way.addresses] == ["::1"]


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", "two..dots", "nul\0byte"])
async def test_names_that_do_not_exist(host: str) -> None:
    with pytest.raises(socket.gaierror) as caught:
        await resolve(Endpoint(host, 993), AddressPolicy.ANY, lookups=LOCALHOST)
    assert repr(host) in str(caught.value)


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "metadata.google.internal", "[fe80::1%25lo]"])
async def test_refused_spellings_are_never_looked_up(host: str) -> None:
    with pytest.raises(AddressRefused):
        await resolve(Endpoint(host, 993), AddressPolicy.ANY, lookups=LOCALHOST)


async def test_a_name_with_only_refused_addresses_is_refused() -> None:
    with pytest.raises(AddressRefused, match="localhost"):
        await resolve(Endpoint("localhost", 993), AddressPolicy.PUBLIC, lookups=LOCALHOST)


async def test_connects_with_keepalive_and_without_delay(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with await connect(way_to("127.0.0.1", port, [info("127.0.0.1", port)])) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 15
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 4
        assert is_loopback(connection)


async def test_refused_ipv6_falls_back_to_ipv4(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with await connect(way_to("both", port, [info("::1", port), info("127.0.0.1", port)])) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


async def test_dead_ipv6_falls_back_to_ipv4_soon(listener: socket.socket, dead_port: int) -> None:
    port = listener.getsockname()[1]
    start = time.monotonic()
    with await connect(way_to("both", port, [info("::1", dead_port), info("127.0.0.1", port)])) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"
    assert 0.2 < time.monotonic() - start < PROMPT


async def test_a_dead_address_alone_is_given_up_by_the_callers_limit(dead_port: int) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await connect(way_to("::1", dead_port, [info("::1", dead_port)]))


async def test_refusal_names_what_was_tried() -> None:
    reservation = PortReservation()
    port = reservation.port
    with pytest.raises(ConnectionRefusedError) as caught:
        await connect(way_to("imap.example", port, [info("::1", port), info("127.0.0.1", port)]))
    assert caught.value.strerror == f"Connection refused: imap.example:{port} (tried ::1, 127.0.0.1)"
    reservation.release()


@pytest.mark.parametrize("count", [1, 2])
async def test_no_socket_is_made_for_a_refused_address_however_it_was_come_by(count: int) -> None:
    with pytest.raises(AddressRefused):
        await connect(way_to("innocent.example", 80, [info("169.254.169.254", 80), info("fe80::1", 80)][:count]))


async def test_a_proxy_without_names_is_told_the_address_that_was_checked() -> None:
    lookups = KnownNames({"mail.example": ["::1", "127.0.0.3"], "proxy.example": ["127.0.0.4"]})
    proxied = Endpoint("mail.example", 143, proxy=Proxy.of("socks4://proxy.example"))
    way = await resolve(proxied, AddressPolicy.ANY, lookups)
    assert (way.host.name, [each[4] for each in way.addresses]) == ("127.0.0.3", [("127.0.0.4", 1080)])
    lookups.names["mail.example"] = ["::1"]
    with pytest.raises(socket.gaierror, match="socks4"):
        await resolve(proxied, AddressPolicy.ANY, lookups)
    by_name = await resolve(replace(proxied, proxy=Proxy.of("socks5://proxy.example")), AddressPolicy.ANY, lookups)
    assert by_name.host.name == "mail.example"
    lookups.names["mail.example"] = ["169.254.169.254"]
    with pytest.raises(AddressRefused):
        await resolve(proxied, AddressPolicy.ANY, lookups)


async def test_attempts_that_failed_differently(dead_port: int) -> None:
    reservation = PortReservation()
    port = reservation.port
    with pytest.raises(OSError, match=r"tried 240\.0\.0\.1, 127\.0\.0\.1"):
        async with asyncio.timeout(2):
            await connect(way_to("odd", port, [info("240.0.0.1", port), info("127.0.0.1", port)]))
    reservation.release()


async def test_a_peer_that_has_gone_is_not_loopback() -> None:
    with socket.socket() as unconnected:
        assert not is_loopback(unconnected)


def test_names_for_people_and_certificates() -> None:
    assert str(Endpoint("imap.example", 993)) == "imap.example:993"
    assert str(Endpoint("::1", 993)) == "[::1]:993"
    assert way_to("[::1]", 993, []).server_name == "::1"
    assert way_to("imap.Bücher.example.", 993, []).server_name == "imap.xn--bcher-kva.example"


def test_timeouts_come_from_the_settings() -> None:
    timeouts = Timeouts.of(Settings(connect_timeout=1, tls_timeout=2, greeting_timeout=3, command_timeout=4))
    assert timeouts == Timeouts(connect=1, tls=2, greeting=3, command=4, command_total=40, idle_end=4)


async def test_on_loopback_an_unsigned_certificate_is_good_enough_for_starttls() -> None:
    async with FakeImapServer(tls="starttls") as server:
        lenient = endpoint_of(server, verify=None)
        async with signed_in(lenient) as client:
            assert client.security.version.startswith("TLS")
        for strict in (replace(lenient, verify=True), replace(lenient, tls="starttls")):
            assert (await failure_of(strict)).code == "ECERTUNTRUSTED"


async def test_off_loopback_certificates_count_even_where_plaintext_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every address of the machine is as good as loopback to the system, so what tells them apart is told otherwise.
    monkeypatch.setattr(endpoint, "is_loopback", lambda connection: False)
    async with FakeImapServer(tls="starttls") as server:
        plain = replace(endpoint_of(server, verify=None), allow_plaintext=True)
        assert (await failure_of(plain)).code == "ECERTUNTRUSTED"
        async with signed_in(replace(plain, verify=False)) as client:
            assert client.security.version.startswith("TLS")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_the_name_of_the_certificate_may_be_another_than_the_host(
    tls: Literal["implicit", "starttls"], tmp_path: Path
) -> None:
    certificate = server_certificate(("mail.example.test",))
    _, _, authority = certificate.write(tmp_path)
    async with FakeImapServer(tls=tls, certificate=certificate) as server:
        by_host = endpoint_of(server, tls, ca_file=authority)
        assert (await failure_of(by_host)).code == "ECERTNAME"
        for wrong in ("other.example.test", "example.test", "localhost"):
            assert (await failure_of(replace(by_host, server_name=wrong))).code == "ECERTNAME", wrong
        async with signed_in(replace(by_host, server_name="mail.example.test")) as client:
            assert client.security.version.startswith("TLS")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_smtp_looks_for_the_same_name(tls: Literal["implicit", "starttls"], tmp_path: Path) -> None:
    _, _, authority = server_certificate().write(tmp_path)
    async with FakeSmtpServer(tls=tls) as server:
        way = endpoint_of(server, tls, ca_file=authority)
        await check_smtp(replace(way, server_name="localhost"), None, QUICK, "me.example", lookups=LOCALHOST)
        with pytest.raises(ConnectionFailed) as caught:
            await check_smtp(replace(way, server_name="x.example"), None, QUICK, "me.example", lookups=LOCALHOST)
        assert caught.value.failure.code == "ECERTNAME"


async def test_the_name_is_told_in_the_handshake(tmp_path: Path) -> None:
    certificate = server_certificate(("mail.example.test",))
    _, _, authority = certificate.write(tmp_path)
    asked: list[str | None] = []
    server = FakeImapServer(tls="implicit", certificate=certificate)
    server.when_asked_for(asked.append)
    async with (
        server,
        signed_in(endpoint_of(server, "implicit", ca_file=authority, server_name="mail.example.test")),
    ):
        assert asked == ["mail.example.test"]


@pytest.mark.parametrize("host", ["imap.Bücher.example", "imap.xn--bcher-kva.example.", "ｉmap.bu\u0308cher。example"])
async def test_an_international_host_is_one_to_dns_tls_and_server(host: str, tmp_path: Path) -> None:
    certificate = server_certificate(("imap.xn--bcher-kva.example",))
    _, _, authority = certificate.write(tmp_path)
    lookups = KnownNames({"imap.xn--bcher-kva.example": ["127.0.0.1"]})
    async with (
        FakeImapServer(tls="implicit", certificate=certificate) as server,
        signed_in(endpoint_of(server, "implicit", ca_file=authority, host=host), lookups=lookups) as client,
    ):
        assert client.security.version
    assert lookups.asked == ["imap.xn--bcher-kva.example"]
