"""Finding servers over a real name server and real HTTPS: who is believed, what is refused, that it ends in time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from postroom.connections.hosts.names import LookupUse, Names
from postroom.onboarding.autoconfig.directory import Directory
from postroom.onboarding.autoconfig.search import SearchSurroundings, find_servers
from postroom.onboarding.autoconfig.servers import UNKNOWN, Found
from postroom.settings import Settings
from tests.fakes.dns_server import FakeDnsServer
from tests.fakes.web_pages import FakeWeb
from tests.onboarding.documents import LAUGHS, config

EMAIL = "jo@example.com"
HOSTS = ("example.com", "autoconfig.example.com", "ispdb.example.net", "elsewhere.example.org")
OWN = "autoconfig.example.com/mail/config-v1.1.xml"
WELL_KNOWN = "example.com/.well-known/autoconfig/mail/config-v1.1.xml"


@dataclass
class Internet:
    """A name server and all web servers."""

    dns: FakeDnsServer
    web: FakeWeb
    settings: Settings
    names: Names

    async def find(self, email: str = EMAIL, limit: float = 30.0, **settings: Any) -> Found:
        around = SearchSurroundings(Directory(self.names.of(LookupUse.ONBOARDING)), self.web, limit)
        return await find_servers(email, self.settings.model_copy(update=settings), around)


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[Internet]:
    async with FakeDnsServer() as dns, FakeWeb(*HOSTS) as web:
        _, _, authority = web.certificate.write(tmp_path)
        settings = Settings(
            data_dir=tmp_path,
            ca_file=authority,
            autoconfig_private_addresses=True,
            ispdb_url="https://ispdb.example.net/v1.1/",
            _env_file=None,
        )
        names = dns.names()
        yield Internet(dns, web, settings, names)
        await names.close()


def hosts(found: Found) -> tuple[str, str | None, str | None]:
    return (found.source, found.imap.host if found.imap else None, found.smtp.host if found.smtp else None)


async def test_a_provider_is_known_by_its_domain_and_nobody_is_asked(internet: Internet) -> None:
    found = await internet.find("jo@icloud.com")
    assert hosts(found) == ("mx", "imap.mail.me.com", "smtp.mail.me.com")
    assert found.imap is not None
    assert found.imap.user == "jo@icloud.com"
    assert found.app_password is not None
    assert (found.app_password.required, found.app_password.provider) == (True, "iCloud Mail")
    assert (internet.dns.asked, internet.web.asked) == ([], [])


async def test_a_domain_of_its_own_is_known_by_who_receives_its_mail(internet: Internet) -> None:
    internet.dns.add("example.com", "MX", "20 spare.example.org.", "5 aspmx.l.google.com.")
    found = await internet.find()
    assert hosts(found) == ("mx", "imap.gmail.com", "smtp.gmail.com")
    assert internet.web.asked == []


async def test_srv_records_win_over_documents(internet: Internet) -> None:
    internet.dns.add("_imaps._tcp.example.com", "SRV", "20 1 993 spare.example.com.", "10 1 9993 imap.example.com.")
    internet.dns.add("_imap._tcp.example.com", "SRV", "0 1 143 plain.example.com.")
    internet.dns.add("_submission._tcp.example.com", "SRV", "0 1 587 smtp.example.com.")
    internet.web.pages[OWN] = config("other.example.com")
    found = await internet.find()
    assert hosts(found) == ("srv", "imap.example.com", "smtp.example.com")
    assert found.imap is not None
    assert found.smtp is not None
    assert (found.imap.port, found.imap.secure, found.imap.user) == (9993, True, EMAIL)
    assert (found.smtp.port, found.smtp.secure) == (587, False)


async def test_a_service_that_is_decidedly_not_offered(internet: Internet) -> None:
    internet.dns.add("_imaps._tcp.example.com", "SRV", "0 0 0 .")
    assert await internet.find() == UNKNOWN


async def test_the_domains_own_document_wins_over_the_others(internet: Internet) -> None:
    internet.web.pages[OWN] = config("own.example.com")
    internet.web.pages[WELL_KNOWN] = config("well-known.example.com")
    internet.web.pages["ispdb.example.net/v1.1/example.com"] = config("mozilla.example.com")
    assert hosts(await internet.find()) == ("autoconfig", "own.example.com", "smtp.example.com")
    del internet.web.pages[OWN]
    assert hosts(await internet.find()) == ("well-known", "well-known.example.com", "smtp.example.com")
    del internet.web.pages[WELL_KNOWN]
    assert hosts(await internet.find()) == ("mozilla", "mozilla.example.com", "smtp.example.com")
    assert await internet.find(ispdb_url="") == UNKNOWN


async def test_a_source_that_knows_both_wins_over_one_that_knows_half(internet: Internet) -> None:
    internet.dns.add("_submissions._tcp.example.com", "SRV", "0 1 465 srv.example.com.")
    assert hosts(await internet.find()) == ("srv", None, "srv.example.com")
    internet.web.pages[OWN] = config("half.example.com", "")
    assert hosts(await internet.find()) == ("autoconfig", "half.example.com", None)
    internet.web.pages[WELL_KNOWN] = config()
    assert hosts(await internet.find()) == ("well-known", "imap.example.com", "smtp.example.com")


async def test_mozilla_may_know_the_provider_that_receives_the_mail(internet: Internet) -> None:
    internet.dns.add("example.com", "MX", "10 mx1.hoster.example.")
    internet.web.pages["ispdb.example.net/v1.1/hoster.example"] = config("imap.hoster.example")
    assert hosts(await internet.find())[:2] == ("mozilla", "imap.hoster.example")


@pytest.mark.parametrize(
    ("exchanger", "asked"),
    [
        ("mx1.hoster.co.uk.", ["hoster.co.uk"]),
        ("a.b.hoster.com.au.", ["hoster.com.au"]),
        ("mx.hoster.net.", ["hoster.net"]),
        ("co.uk.", []),
    ],
)
async def test_mozilla_is_asked_for_the_domain_that_somebody_registered(
    internet: Internet, exchanger: str, asked: list[str]
) -> None:
    internet.dns.add("example.com", "MX", f"10 {exchanger}")
    await internet.find()
    pages = [page.rpartition("/")[2] for page in internet.web.asked if "ispdb" in page]
    assert sorted(pages) == sorted(["example.com", *asked])


async def test_the_address_is_told_to_its_own_domain_and_to_nobody_else(internet: Internet) -> None:
    await internet.find("a+b@example.com")
    assert f"{OWN}?emailaddress=a%2Bb@example.com" in internet.web.asked
    assert [page for page in internet.web.asked if "ispdb" in page] == ["ispdb.example.net/v1.1/example.com"]


async def test_the_hint_belongs_to_the_server_that_was_found(internet: Internet) -> None:
    internet.web.pages[OWN] = config("imap.fastmail.com", "smtp.fastmail.com")
    found = await internet.find()
    assert found.app_password is not None
    assert found.app_password.provider == "Fastmail"


async def test_redirects_are_followed_a_little_and_over_https_only(internet: Internet) -> None:
    internet.web.pages["elsewhere.example.org/config"] = config("moved.example.com")
    internet.web.redirects[OWN] = "https://elsewhere.example.org/config"
    assert hosts(await internet.find())[:2] == ("autoconfig", "moved.example.com")
    internet.web.redirects[OWN] = "http://elsewhere.example.org/config"
    assert await internet.find() == UNKNOWN
    internet.web.redirects[OWN] = f"https://{OWN}"
    internet.web.asked.clear()
    assert await internet.find() == UNKNOWN
    assert sum(page.startswith(OWN) for page in internet.web.asked) == 4


@pytest.mark.parametrize(
    "target",
    [
        "https://169.254.169.254/",
        "https://metadata.google.internal/",
        "https://2852039166/",
        "https://［169.254.169.254/",
        "https://169.254.169.\U0001ccf2\U0001ccf5\U0001ccf4/",
        "https://169.254.\u00ad169.254/",
        "https://innocent.example.org/",
    ],
)
async def test_a_redirect_to_a_metadata_service_is_not_followed(
    internet: Internet, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[str] = []

    def connect(connection: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        super(socket.socket, connection).connect(address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    internet.web.addresses |= {"metadata.google.internal": "127.0.0.1", "innocent.example.org": "169.254.169.254"}
    internet.web.redirects[OWN] = quote(target, safe=":/")
    assert await internet.find() == UNKNOWN
    internet.web.redirects[OWN] = target
    assert await internet.find() == UNKNOWN
    assert all("metadata" not in page and "169" not in page for page in internet.web.asked)
    assert set(connected) == {"127.0.0.1"}


async def test_private_addresses_are_not_asked_unless_a_setting_says_so(internet: Internet) -> None:
    internet.web.pages[OWN] = config()
    assert await internet.find(autoconfig_private_addresses=False) == UNKNOWN
    assert internet.web.asked == []
    internet.web.addresses["autoconfig.example.com"] = "169.254.1.1"
    assert await internet.find(limit=1.0) == UNKNOWN


async def test_documents_that_are_none_are_the_same_as_nothing(internet: Internet) -> None:
    internet.web.pages |= {
        OWN: LAUGHS,
        WELL_KNOWN: b"<html></html>",
        "ispdb.example.net/v1.1/example.com": b"x" * 10**6,
    }
    assert await internet.find() == UNKNOWN


@pytest.mark.long
async def test_a_silent_source_costs_its_time_and_no_more(internet: Internet) -> None:
    internet.dns.silence("_imaps._tcp.example.com", "_imap._tcp.example.com")
    internet.web.silent.add(OWN)
    internet.web.pages[WELL_KNOWN] = config("slow.example.com")
    started = time.monotonic()
    assert hosts(await internet.find(limit=0.7))[:2] == ("well-known", "slow.example.com")
    assert time.monotonic() - started < 2


async def test_nobody_waits_for_the_rest_when_the_best_source_has_answered(internet: Internet) -> None:
    internet.dns.add("_imaps._tcp.example.com", "SRV", "0 1 993 imap.example.com.")
    internet.dns.add("_submissions._tcp.example.com", "SRV", "0 1 465 smtp.example.com.")
    internet.web.silent.add(OWN)
    async with asyncio.timeout(2):
        assert (await internet.find(limit=30)).source == "srv"


@pytest.mark.parametrize(
    "email", ["jo", "jo@", "@example.com", "jo@localhost", "jo@127.0.0.1", "jo@" + "a" * 70 + ".de", "jo@a..b"]
)
async def test_what_has_no_domain_is_unknown_and_nobody_is_asked(internet: Internet, email: str) -> None:
    assert await internet.find(email) == UNKNOWN
    assert (internet.dns.asked, internet.web.asked) == ([], [])


async def test_domains_in_other_scripts(internet: Internet) -> None:
    internet.dns.add("xn--mller-kva.example", "MX", "1 in1-smtp.messagingengine.com.")
    found = await internet.find("jo@Müller.example")
    assert hosts(found)[:2] == ("mx", "imap.fastmail.com")
    assert found.imap is not None
    assert found.imap.user == "jo@xn--mller-kva.example"


async def test_without_any_name_server(tmp_path: Path) -> None:
    async with FakeDnsServer() as dns:
        names = dns.names()
    settings = Settings(data_dir=tmp_path, _env_file=None)
    around = SearchSurroundings(Directory(names.of(LookupUse.ONBOARDING)), FakeWeb(), limit=0.5)
    assert await find_servers(EMAIL, settings, around) == UNKNOWN
    await names.close()
