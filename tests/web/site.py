"""The pages as people meet them: API and pages on one port, and mail servers of domains that are found on this machine.

async with open_site(url, dovecot, folder) as site:
    link = await site.link(account="a")
    async with site.person() as person:
        page = await person.open(link)
        page = await person.send(page, email="jo@example.test", step="address")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from postroom.connections.hosts.names import LOCALHOST
from postroom.onboarding.autoconfig.directory import Directory, Service
from postroom.onboarding.autoconfig.search import SearchSurroundings
from postroom.settings import Settings
from postroom.storage.database import Database
from tests.api.conftest import TOKEN, Client, client_of
from tests.fakes.certificates import server_certificate
from tests.fakes.web_pages import FakeWeb

BACK = "https://app.example/done?x=1"


class _Reader(HTMLParser):
    """Collects what a person can press and fill in."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.described: dict[str, str] = {}
        self.links: list[str] = []
        self.action = ""
        self.refresh = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "input" and "name" in had:
            self.fields[had["name"]] = had.get("value", "")
            if "aria-invalid" in had:
                self.described[had["name"]] = had["aria-describedby"].split()[-1]
        elif tag == "select":
            self._select = had["name"]
        elif tag == "option" and "selected" in had:
            self.fields[self._select] = had["value"]
        elif tag == "a":
            self.links.append(had["href"])
        elif tag == "form":
            self.action = had["action"]
        elif tag == "meta" and had.get("http-equiv") == "refresh":
            self.refresh = had["content"].partition("url=")[2]


@dataclass
class Page:
    """What came back. `wrong` has the fields that are marked, with the id of the text that says why."""

    url: str
    status: int
    headers: Any
    text: str
    fields: dict[str, str]
    wrong: dict[str, str]
    links: list[str]
    action: str
    refresh: str

    def link_to(self, part: str) -> str:
        """The address of the link that has this in it."""
        (found,) = [link for link in self.links if part in link]
        return urljoin(self.url, found)


class Person:
    """A browser without JavaScript: cookies, links and forms."""

    def __init__(self, **headers: str) -> None:
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def open(self, url: str) -> Page:
        """Follow a link; redirects are not followed."""
        return await self._ask("GET", url)

    async def send(self, page: Page, **entered: str) -> Page:
        """Fill in the form of a page and press a button (`step`)."""
        return await self._ask("POST", urljoin(page.url, page.action), {**page.fields, **entered})

    async def _ask(self, method: str, url: str, form: dict[str, str] | None = None) -> Page:
        async with self.session.request(method, URL(url, encoded=True), data=form, allow_redirects=False) as response:
            text = await response.text()
            read = _Reader()
            read.feed(text)
            return Page(
                url,
                response.status,
                response.headers,
                text,
                read.fields,
                read.described,
                read.links,
                read.action,
                read.refresh,
            )


@dataclass(frozen=True)
class LocalDirectory(Directory):
    """Says that the mail of some domains is on this machine, which a name server may not: it is no full name."""

    ports: dict[str, int] = field(default_factory=dict)

    async def exchangers(self, domain: str, lifetime: float) -> list[str]:
        return []

    async def service(self, label: str, domain: str, lifetime: float) -> Service | None:
        return Service("localhost", self.ports[domain]) if label == "_imaps._tcp" and domain in self.ports else None


@dataclass
class Site:
    """A running gateway without runners; `client` asks its API, `directory` says where the mail of domains is."""

    client: Client
    directory: LocalDirectory

    async def link(self, **more: Any) -> str:
        """Ask for a link."""
        answer = await self.client.post("/v1/authentication/form", {"redirectUrl": BACK, **more})
        assert answer.status == 200, answer.text
        return str(answer.body["url"])

    def person(self, **headers: str) -> Person:
        """A browser of its own."""
        return Person(**headers)

    def mail_of(self, domain: str, port: int) -> None:
        """Have the mail of a domain at this port of localhost, with TLS from the first byte."""
        self.directory.ports[domain] = port


@asynccontextmanager
async def open_site(
    database_url: str, folder: Path, *, wrap: Callable[[Database], Database] = lambda db: db, **settings: Any
) -> AsyncIterator[Site]:
    """Serve a site over a database, or over what `wrap` makes of it.

    People may name servers on loopback unless `settings` says otherwise.
    """
    authority = folder / "authority.pem"
    authority.write_bytes(server_certificate().authority)
    chosen: dict[str, Any] = {
        "token": TOKEN,
        "data_dir": folder,
        "ca_file": authority,
        "ispdb_url": "",
        "sign_in_private_addresses": True,
        "_env_file": None,
        **settings,
    }
    directory = LocalDirectory(LOCALHOST)
    async with FakeWeb("nobody.example") as web:
        around = SearchSurroundings(directory, web, limit=60)
        async with client_of(database_url, Settings(**chosen), around=around, wrap=wrap) as client:
            await client.post("/v1/settings", {"serviceUrl": client.base})
            yield Site(client, directory)


def with_clock(site: Site, clock: Any) -> None:
    """Have the links of a site see another time."""
    object.__setattr__(site.client.api.sign_ins, "clock", clock)


__all__ = ["BACK", "Page", "Person", "Site", "open_site", "with_clock"]
