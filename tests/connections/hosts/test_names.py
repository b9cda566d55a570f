"""Look-ups over a real name server: what each answer means, who waits for whom, and what is remembered."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import aiodns
import pytest

import postroom.connections.hosts.names as module
from postroom.connections.hosts.addresses import AddressPolicy, IpAddress
from postroom.connections.hosts.checked_host import check_host
from postroom.connections.hosts.names import LOCALHOST, PLACES, LookupUse, Names
from postroom.connections.sockets.endpoint import Endpoint
from tests.connections.imap_opening import failure_of
from tests.fakes.dns_server import FakeDnsServer
from tests.fakes.waiting import eventually

SILENT = 200


@pytest.fixture
async def dns() -> AsyncIterator[FakeDnsServer]:
    async with FakeDnsServer() as server:
        server.add("healthy.example", "A", "192.0.2.1")
        yield server


@pytest.fixture
async def names(dns: FakeDnsServer) -> AsyncIterator[Names]:
    resolver = dns.names()
    yield resolver
    await resolver.close()


async def look_up(names: Names, host: str, use: LookupUse = LookupUse.ACCOUNTS) -> list[str]:
    """The addresses of a host."""
    found: tuple[IpAddress, ...] = await names.addresses(check_host(host, AddressPolicy.ANY), use)
    return [str(address) for address in found]


async def error_of(asked: Coroutine[Any, Any, list[str]]) -> socket.gaierror:
    with pytest.raises(socket.gaierror) as caught:
        await asked
    return caught.value


async def test_both_families_and_many_addresses(dns: FakeDnsServer, names: Names) -> None:
    many = [f"192.0.2.{last}" for last in range(1, 120)]
    dns.add("many.example", "A", *many)
    dns.add("many.example", "AAAA", "2001:db8::1")
    assert set(await look_up(names, "many.example")) == {*many, "2001:db8::1"}


async def test_an_answer_that_is_too_long_for_a_datagram_comes_over_tcp(dns: FakeDnsServer, names: Names) -> None:
    dns.truncate("healthy.example")
    assert await look_up(names, "healthy.example") == ["192.0.2.1"]
    assert ("healthy.example", "A") in dns.over_tcp


async def test_an_address_asks_nobody(dns: FakeDnsServer, names: Names) -> None:
    assert await look_up(names, "[::1]") == ["::1"]
    assert await look_up(names, "127.1") == ["127.0.0.1"]
    assert dns.asked == []


async def test_names_of_this_machine_are_in_no_name_server(dns: FakeDnsServer, names: Names) -> None:
    for host in ("localhost", "localhost.", "mail.localhost."):
        assert set(await look_up(names, host)) <= {"127.0.0.1", "::1"}
    assert dns.asked == []


async def test_a_changed_resolv_conf_counts_from_the_next_look_up_on(
    dns: FakeDnsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the C library has it; c-ares does not notice where a container mounts the file."""
    resolv_conf = tmp_path / "resolv.conf"
    make = aiodns.DNSResolver
    monkeypatch.setattr(module, "RESOLV_CONF", str(resolv_conf))
    monkeypatch.setattr(
        aiodns, "DNSResolver", lambda servers, **kwargs: make([resolv_conf.read_text().strip()], **kwargs)
    )
    async with FakeDnsServer() as gone:
        gone.silence("slow.example")
        resolv_conf.write_text(f"127.0.0.1:{gone.port}")
        names = Names(search=[])
        assert (await error_of(look_up(names, "healthy.example"))).errno == socket.EAI_NONAME
        waiting = asyncio.ensure_future(look_up(names, "slow.example"))
        await eventually(lambda: ("slow.example", "A") in gone.asked)
        resolv_conf.write_text(f"127.0.0.1:{dns.port}\n")
        assert await look_up(names, "healthy.example") == ["192.0.2.1"]
        gone.add("slow.example", "A", "192.0.2.8")
        gone.speak()
        assert await waiting == ["192.0.2.8"]
    await names.close()


async def test_short_names_are_looked_up_in_the_search_list(dns: FakeDnsServer, names: Names) -> None:
    dns.add("mail_server.search.example", "A", "192.0.2.2")
    assert await look_up(names, "mail_server") == ["192.0.2.2"]
    # With a dot at its end a name is complete.
    assert (await error_of(look_up(names, "mail_server."))).errno == socket.EAI_NONAME


async def test_international_names_are_asked_for_as_dns_has_them(dns: FakeDnsServer, names: Names) -> None:
    dns.add("imap.xn--bcher-kva.example", "A", "192.0.2.3")
    assert await look_up(names, "imap.Bücher.example") == ["192.0.2.3"]


@pytest.mark.parametrize(
    ("host", "number", "words"),
    [
        ("nobody.example", socket.EAI_NONAME, "'nobody.example': there is no such name"),
        ("mx-only.example", socket.EAI_NONAME, "the name has no address"),
        ("broken.example", socket.EAI_AGAIN, "SERVFAIL"),
        ("refused.example", socket.EAI_AGAIN, "REFUSED"),
    ],
)
async def test_what_failures_mean(dns: FakeDnsServer, names: Names, host: str, number: int, words: str) -> None:
    dns.add("mx-only.example", "MX", "1 mail.example.")
    dns.fail("broken.example", "SERVFAIL")
    dns.fail("refused.example", "REFUSED")
    error = await error_of(look_up(names, host))
    assert error.errno == number
    assert words in str(error)


@pytest.mark.parametrize(
    ("host", "code", "advice"),
    [
        ("nobody.example", "ENOTFOUND", "No such host"),
        ("two..dots.example", "ENOTFOUND", "No such host"),
        ("broken.example", "EAI_AGAIN", "name resolution"),
    ],
)
async def test_the_verdict_on_an_account(dns: FakeDnsServer, names: Names, host: str, code: str, advice: str) -> None:
    dns.fail("broken.example", "SERVFAIL")
    failure = await failure_of(Endpoint(host, 993), lookups=names.of(LookupUse.ACCOUNTS))
    assert (failure.kind, failure.phase, failure.code) == ("connection", "dns", code)
    assert advice in failure.advice
    assert host in failure.response


async def test_silence_is_given_up_and_says_nothing_of_the_name(dns: FakeDnsServer) -> None:
    dns.silence("silent.example")
    names = dns.names(limit=0.2)
    error = await error_of(look_up(names, "silent.example"))
    assert (error.errno, "0.2 s" in str(error)) == (socket.EAI_AGAIN, True)
    await names.close()


@pytest.mark.long
async def test_without_any_name_server_it_is_the_same() -> None:
    async with FakeDnsServer() as gone:
        names = gone.names(limit=5)
    assert (await error_of(look_up(names, "healthy.example"))).errno == socket.EAI_AGAIN
    await names.close()


@pytest.mark.long
async def test_nobody_waits_for_names_that_nobody_answers_for(dns: FakeDnsServer, names: Names) -> None:
    silent = [f"silent{number}.example" for number in range(SILENT)]
    dns.silence(*silent)
    order: list[str] = []

    async def ask(host: str) -> None:
        try:
            await look_up(names, host)
        finally:
            order.append(host)

    threads = threading.active_count()
    asking = [asyncio.ensure_future(ask(host)) for host in silent]
    await eventually(lambda: {name for name, _ in dns.asked} >= set(silent))
    await ask("healthy.example")
    assert order == ["healthy.example"]
    # None but the one in which pycares ends its resolvers; c-ares has another, which Python does not count.
    assert threading.active_count() <= threads + 1
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_each_use_has_places_of_its_own(dns: FakeDnsServer) -> None:
    names = dns.names(places={LookupUse.WEBHOOKS: 2, LookupUse.TOKENS: 1}, soon=60, limit=60)
    for host in ("a.example", "b.example", "c.example"):
        dns.add(host, "A", "192.0.2.9")
    dns.silence("a.example", "b.example")
    async with asyncio.TaskGroup() as group:
        held = [group.create_task(look_up(names, host, LookupUse.WEBHOOKS)) for host in ("a.example", "b.example")]
        await eventually(lambda: {name for name, _ in dns.asked} == {"a.example", "b.example"})
        third = group.create_task(look_up(names, "c.example", LookupUse.WEBHOOKS))
        assert await look_up(names, "healthy.example", LookupUse.TOKENS) == ["192.0.2.1"]
        assert not third.done()
        assert "c.example" not in {name for name, _ in dns.asked}
        dns.speak()
        assert await third == ["192.0.2.9"]
    assert [task.result() for task in held] == [["192.0.2.9"]] * 2
    # Every place was given back.
    assert await look_up(names, "healthy.example", LookupUse.WEBHOOKS) == ["192.0.2.1"]
    await names.close()


async def test_a_look_up_without_an_answer_leaves_its_place_and_goes_on(dns: FakeDnsServer) -> None:
    names = dns.names(places={LookupUse.ACCOUNTS: 1}, soon=0.05, limit=60)
    silent = [f"silent{number}.example" for number in range(5)]
    for host in silent:
        dns.add(host, "A", "192.0.2.9")
    dns.silence(*silent)
    asking = [asyncio.ensure_future(look_up(names, host)) for host in silent]
    await eventually(lambda: dns.asked)
    assert await look_up(names, "healthy.example") == ["192.0.2.1"]
    assert not any(task.done() for task in asking)
    dns.speak()
    assert await asyncio.gather(*asking) == [["192.0.2.9"]] * 5
    # As many places as there were.
    assert not names._places[LookupUse.ACCOUNTS].locked()
    await names._places[LookupUse.ACCOUNTS].acquire()
    assert names._places[LookupUse.ACCOUNTS].locked()
    await names.close()


async def test_many_who_ask_for_one_name_ask_once_and_may_leave(dns: FakeDnsServer) -> None:
    names = dns.names(places={LookupUse.ACCOUNTS: 1, LookupUse.WEBHOOKS: 1})
    dns.add("slow.example", "A", "192.0.2.4")
    dns.silence("slow.example")
    asking = [
        asyncio.ensure_future(look_up(names, "slow.example", use))
        for use in (LookupUse.ACCOUNTS, LookupUse.WEBHOOKS) * 20
    ]
    await eventually(lambda: dns.asked)
    asking[0].cancel()
    dns.speak()
    answers = await asyncio.gather(*asking[1:])
    assert answers == [["192.0.2.4"]] * 39
    assert asking[0].cancelled()
    # The one who left took no place along.
    assert await look_up(names, "healthy.example") == ["192.0.2.1"]
    await names.close()


async def test_an_answer_is_remembered_for_as_long_as_it_says(dns: FakeDnsServer, names: Names) -> None:
    for _ in range(3):
        await look_up(names, "healthy.example")
    assert len([name for name, kind in dns.asked if kind == "A"]) == 1
    dns.ttl = 0
    dns.add("changing.example", "A", "192.0.2.5")
    assert await look_up(names, "changing.example") == ["192.0.2.5"]
    dns.remove("changing.example")
    dns.add("changing.example", "A", "192.0.2.6")
    assert await look_up(names, "changing.example") == ["192.0.2.6"]


async def test_a_failure_is_remembered_for_a_moment(dns: FakeDnsServer, names: Names) -> None:
    dns.fail("broken.example", "SERVFAIL")
    first = await error_of(look_up(names, "broken.example"))
    asked = len(dns.asked)
    second = await error_of(look_up(names, "broken.example", LookupUse.WEBHOOKS))
    assert (str(first), len(dns.asked)) == (str(second), asked)


async def test_records(dns: FakeDnsServer, names: Names) -> None:
    dns.add("example.com", "MX", "20 spare.example.net.", "5 mx.example.net.")
    found = await names.of(LookupUse.ONBOARDING).records("example.com", "MX")
    assert sorted((each.priority, each.exchange) for each in found) == [
        (5, "mx.example.net"),
        (20, "spare.example.net"),
    ]
    assert await names.of(LookupUse.ONBOARDING).records("nobody.example", "SRV") == []


async def test_without_look_ups_there_are_addresses_and_localhost() -> None:
    assert len(await LOCALHOST.addresses(check_host("localhost", AddressPolicy.ANY))) == 2
    with pytest.raises(socket.gaierror):
        await LOCALHOST.addresses(check_host("mail.example", AddressPolicy.ANY))
    assert await LOCALHOST.records("mail.example", "MX") == []


def test_every_use_has_more_places_than_a_gateway_tries_at_a_time() -> None:
    assert set(PLACES) == set(LookupUse)
    assert min(PLACES.values()) >= 50
