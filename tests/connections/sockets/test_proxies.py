"""Connections by way of a proxy, over real sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.sockets.proxies import Proxy
from tests.connections.imap_opening import QUICK, failure_of, signed_in
from tests.connections.smtp_checking import check_smtp
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.ports import PortReservation
from tests.fakes.proxy import FakeProxy
from tests.fakes.smtp_server import FakeSmtpServer

HIDDEN = "mail.only-the-proxy-knows.example"


def through(proxy: str, port: int, host: str = HIDDEN) -> Endpoint:
    return Endpoint(host, port, "none-ok", allow_plaintext=True, proxy=Proxy.of(proxy))


@pytest.mark.parametrize("scheme", ["http", "socks", "socks5", "socks4a"])
async def test_the_proxy_finds_the_server(scheme: str) -> None:
    async with FakeImapServer() as server, FakeProxy(hosts={HIDDEN: server.host}) as proxy:
        async with signed_in(through(proxy.url(scheme), server.port)):
            pass
        assert proxy.asked == [("socks5" if scheme == "socks" else scheme, HIDDEN, server.port)]


async def test_socks4_is_told_an_address() -> None:
    async with FakeImapServer() as server, FakeProxy() as proxy:
        async with signed_in(through(proxy.url("socks4"), server.port, "127.0.0.1")):
            pass
        assert proxy.asked == [("socks4", "127.0.0.1", server.port)]


async def test_smtp_goes_through_it_too() -> None:
    async with FakeSmtpServer() as server, FakeProxy(hosts={HIDDEN: server.host}) as proxy:
        await check_smtp(through(proxy.url("socks5"), server.port), None, QUICK, "here", lookups=LOCALHOST)
        assert [each[1] for each in proxy.asked] == [HIDDEN]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_password_for_the_proxy(scheme: str) -> None:
    async with FakeImapServer() as server, FakeProxy(("me", "p@ss"), {HIDDEN: server.host}) as proxy:
        async with signed_in(through(proxy.url(scheme, "me:p%40ss@"), server.port)):
            pass
        failure = await failure_of(through(proxy.url(scheme, "me:wr0ng@"), server.port))
    assert (failure.kind, failure.phase, failure.code) == ("connection", "connect", "EPROXY")
    assert "proxy" in failure.advice
    assert "wr0ng" not in failure.response


async def test_a_proxy_that_is_not_there() -> None:
    reservation = PortReservation()
    failure = await failure_of(through(f"socks5://127.0.0.1:{reservation.port}", 143))
    reservation.release()
    assert (failure.phase, failure.code) == ("connect", "EPROXY")


async def test_the_address_policy_holds_for_the_proxy_and_for_literal_servers() -> None:
    at_metadata = await failure_of(through("http://169.254.169.254", 143), policy=AddressPolicy.ANY)
    to_metadata = await failure_of(through("http://127.0.0.1:9", 143, "169.254.169.254"), policy=AddressPolicy.ANY)
    assert {at_metadata.code, to_metadata.code} == {"EEGRESSBLOCKED"}


async def test_a_proxy_on_loopback_makes_the_server_no_neighbour() -> None:
    async with FakeImapServer() as server, FakeProxy(hosts={HIDDEN: server.host}) as proxy:
        plain = replace(through(proxy.url("socks5"), server.port), allow_plaintext=False)
        assert (await failure_of(plain)).code == "ETLSREQUIRED"


def test_the_password_is_not_shown() -> None:
    proxy = Proxy.of("socks5://me:secret@proxy.example")
    assert "secret" not in f"{proxy} {proxy!r}"
    assert str(proxy) == "socks5://proxy.example:1080"
    with pytest.raises(ValueError, match="socks4a"):
        Proxy.of("https://proxy.example")
