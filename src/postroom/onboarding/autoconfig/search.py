"""Finds the mail servers of an e-mail address: first in the table of providers, then in what the domain publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import quote

import aiohttp
from aiohttp.abc import AbstractResolver

from postroom.connections.hosts.addresses import AddressRefused
from postroom.connections.hosts.checked_host import NotAHost, ascii_name
from postroom.connections.hosts.checked_url import NotAUrl
from postroom.connections.hosts.names import LooksUp
from postroom.connections.http.answer_head import EndlessAnswer
from postroom.connections.quirks.library import by_domain, by_mx, matching
from postroom.connections.quirks.profile import MailServer, Profile
from postroom.footprint.dataclass import dataclass
from postroom.http.body import AnswerTooLarge
from postroom.onboarding.autoconfig.client_config import LARGEST_DOCUMENT, NotAConfig, is_host_name, read_config
from postroom.onboarding.autoconfig.directory import Directory, Service
from postroom.onboarding.autoconfig.domain_names import registered_domain
from postroom.onboarding.autoconfig.fetch import NotFetched, Web
from postroom.onboarding.autoconfig.servers import UNKNOWN, AppPasswordHint, Found, FoundServer, Source, best
from postroom.settings import Settings

__all__ = ["LIMIT", "SearchSurroundings", "find_servers"]

LIMIT: Final = 5.0
"""Seconds for the table of providers, and then for each of the other sources, which are all asked at once."""

_NOTHING: Final = (
    *(NotFetched, NotAConfig, NotAUrl, NotAHost, AddressRefused, AnswerTooLarge, EndlessAnswer),
    *(aiohttp.ClientError, OSError, ValueError),
)


@dataclass(frozen=True, slots=True)
class SearchSurroundings:
    """How names are looked up. `hosts` is for web servers, for callers that also choose the port.

    `limit` is how many seconds each source may take.
    """

    directory: Directory
    hosts: AbstractResolver | None = None
    limit: float = LIMIT

    @classmethod
    def of(cls, lookups: LooksUp) -> SearchSurroundings:
        """Look up everything in the same way."""
        return cls(Directory(lookups))


async def find_servers(email: str, settings: Settings, around: SearchSurroundings) -> Found:
    """Return the servers of an address, `UNKNOWN` when none are found. Answers of other servers raise no error."""
    local, _, domain = email.strip().rpartition("@")
    domain = ascii_name(domain)
    if not local or not is_host_name(domain):
        return UNKNOWN
    email = f"{local}@{domain}"
    profile = by_domain(domain)
    exchangers: list[str] = []
    if profile is None:
        exchangers = await around.directory.exchangers(domain, around.limit)
        profile = by_mx(exchangers)
    if profile is not None:
        return _of_profile(profile, email)
    async with Web(settings, around.directory.lookups, around.hosts) as web:
        wanted = _Search(email, domain, exchangers, settings.ispdb_url, around.directory, web, around.limit)
        found = await _ask_all(wanted)
    return found.with_hint(_hint_for(found))


@dataclass(frozen=True, slots=True)
class _Search:
    """One search, with what its sources need."""

    email: str
    domain: str
    exchangers: list[str]
    ispdb: str
    directory: Directory
    web: Web
    limit: float

    def sources(self) -> list[Callable[[], Awaitable[Found | None]]]:
        """The sources, the most trusted first."""
        local_and_domain = quote(self.email, safe="@")
        own = f"https://autoconfig.{self.domain}/mail/config-v1.1.xml?emailaddress={local_and_domain}"
        well_known = f"https://{self.domain}/.well-known/autoconfig/mail/config-v1.1.xml"
        asked: list[Callable[[], Awaitable[Found | None]]] = [
            self.by_srv,
            partial(self.by_url, own, "autoconfig"),
            partial(self.by_url, well_known, "well-known"),
        ]
        if self.ispdb:
            names = dict.fromkeys([self.domain, *map(registered_domain, self.exchangers[:1])])
            asked += [partial(self.by_url, f"{self.ispdb.rstrip('/')}/{name}", "mozilla") for name in names if name]
        return asked

    async def by_srv(self) -> Found | None:
        """Return the servers in the domain's SRV records (RFC 6186 section 3, RFC 8314 section 5.1)."""
        labels = ("_imaps._tcp", "_imap._tcp", "_submissions._tcp", "_submission._tcp")
        asked = [self.directory.service(label, self.domain, self.limit) for label in labels]
        imaps, imap, submissions, submission = await asyncio.gather(*asked)
        return Found(self._server(imaps, imap), self._server(submissions, submission), "srv")

    async def by_url(self, url: str, source: Source) -> Found | None:
        """Return the servers that the document under a URL names."""
        return read_config(await self.web.get(url, LARGEST_DOCUMENT), self.email, source)

    def _server(self, implicit: Service | None, upgraded: Service | None) -> FoundServer | None:
        service = implicit or upgraded
        return FoundServer(service.host, service.port, service is implicit, self.email) if service else None


async def _ask_all(search: _Search) -> Found:
    """Ask all sources at once. Stop waiting when a source has named all servers and no better one is left."""
    candidates: list[Found] = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_within(source, search.limit)) for source in search.sources()]
        for task in tasks:
            found = await task
            if found is not None:
                candidates.append(found)
            if found is not None and found.complete:
                break
        for task in tasks:
            task.cancel()
    return best(candidates)


async def _within(source: Callable[[], Awaitable[Found | None]], limit: float) -> Found | None:
    """Return the answer of a source within the time limit, None when it has no usable one."""
    try:
        async with asyncio.timeout(limit):
            return await source()
    except _NOTHING:
        return None


def _of_profile(profile: Profile, email: str) -> Found:
    found = Found(_of_table(profile.imap, email), _of_table(profile.smtp, email), "mx")
    known = profile.app_password
    return found.with_hint(AppPasswordHint.of(profile.name, known) if known else None)


def _of_table(server: MailServer | None, email: str) -> FoundServer | None:
    return FoundServer(server.host, server.port, server.secure, email) if server else None


def _hint_for(found: Found) -> AppPasswordHint | None:
    """Return the hint of the provider that owns the found server, whichever source named it."""
    for profile in matching(found.imap.host) if found.imap else ():
        if profile.app_password is not None:
            return AppPasswordHint.of(profile.name, profile.app_password)
    return None
