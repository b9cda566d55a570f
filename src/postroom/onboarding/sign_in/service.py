"""The hosted sign-in behind its pages: links, searches for servers, attempts to sign in, the registration.

A link is signed, expires after a day, and ends with the first account that it registers. Its attempts are counted in
the database, so that they count for all processes together.
"""

from __future__ import annotations

import math
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from postroom.accounts.email_address import same_address
from postroom.accounts.model import AccountNotFound
from postroom.accounts.rights.allowed import HOSTED_SIGN_IN
from postroom.accounts.service import Accounts
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import PUBLIC_HOSTS, Document
from postroom.accounts.settings.values import NO_SETTINGS, AccountSettings
from postroom.clock import now_ms
from postroom.configuration.keys import SERVICE_SECRET
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.names import LooksUp
from postroom.connections.pacing.limits import SignInPacing
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.apps import Apps
from postroom.onboarding.autoconfig.servers import Found
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.onboarding.consent.service import Consents
from postroom.onboarding.sign_in import sign_in_store
from postroom.onboarding.sign_in.entered import EnteredMailbox, EnteredServer
from postroom.onboarding.sign_in.link import LIFE_MS, PATH, Link, read, sign
from postroom.onboarding.verify import Verifier
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.outage import repeatable
from postroom.storage.statements.connection import Connection

__all__ = [
    "EnteredMailbox",
    "EnteredServer",
    "LinkUsed",
    "MissingServiceUrl",
    "NoServers",
    "Offer",
    "SignIns",
    "TooManyTries",
    "WrongAddress",
]

PROBES: Final = 50
"""Attempts to sign in for one link, and as many searches for servers and visits to providers."""

_PATIENCE: Final = {"connect_timeout": 15.0, "tls_timeout": 10.0, "greeting_timeout": 15.0, "command_timeout": 20.0}
_NONCE_BYTES: Final = 16
_MOST_APPS: Final = 100


class MissingServiceUrl(Permanent):
    """The public address of this installation is unknown, and the link begins with it."""

    code = "MissingServiceURLSetup"

    def __init__(self) -> None:
        super().__init__(
            "The setting serviceUrl is needed: the public address of this installation, with which the link begins. "
            "Set serviceUrl with POST /v1/settings, or POSTROOM_SERVICE_URL before the start."
        )


class LinkUsed(Permanent):
    """The link has registered an account already, its day is over, or the account it was for has been deleted."""

    code = "LinkUsed"


class TooManyTries(Permanent):
    """The link was tried too often."""

    code = "TooManyTries"


class NoServers(Permanent):
    """No servers were found for the address, and the link accepts no others."""

    code = "NoServers"


class WrongAddress(Permanent):
    """The link is for another address, which is `expected`."""

    code = "WrongAddress"

    def __init__(self, expected: str) -> None:
        super().__init__(f"This link is for {expected}")
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Offer:
    """An OAuth2 application that people may choose: its name, and the text of its button if the operator set one.

    `imap_host` shows whose mailboxes it is for.
    """

    id: str
    name: str
    title: str | None
    imap_host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """The hosted sign-in of this installation."""

    db: Database
    accounts: Accounts
    apps: Apps
    consents: Consents
    runtime: RuntimeSettings
    settings: Settings
    lookups: LooksUp
    autoconfig: Autoconfig
    clock: Callable[[], int] = now_ms
    pacing: SignInPacing | None = None

    async def begin(self, request: Mapping[str, object], until: int | None = None) -> str:
        """Return the URL of the page for a request, given with the API's field names.

        The link lives for a day, or until `until` (milliseconds since 1970) if that is sooner. Raises
        MissingServiceUrl.
        """
        known = await self.runtime.get()
        if known.service_url is None:
            raise MissingServiceUrl
        asked = {name: value for name, value in request.items() if name != "type" and value not in (None, "", [])}
        now = self.clock()
        link = sign(asked, known.demand(SERVICE_SECRET).service_secret, random.token_urlsafe(_NONCE_BYTES), now)
        end = min(now + LIFE_MS, until or math.inf)
        await self.db.write(lambda conn: sign_in_store.insert(conn, link.id, int(end), now, link.account))
        kind = request.get("type")
        return f"{known.service_url}{PATH}?{link.query(**({'type': str(kind)} if kind else {}))}"

    async def open(self, data: str, sig: str) -> Link:
        """Return the link that a browser came with. Raises LinkRefused, LinkUsed."""
        now = self.clock()
        link = read(data, sig, (await self.runtime.get()).service_secret, now)
        if not await self.db.read(lambda conn: sign_in_store.is_open(conn, link.id, now)):
            raise LinkUsed("This link was used already")
        return link

    async def offers(self) -> list[Offer]:
        """Return the OAuth2 applications that people may choose, oldest first."""
        _, apps = await self.apps.list_page(0, _MOST_APPS)
        return [
            Offer(
                app.id,
                str(app.document["name"]),
                app.document.get("title"),
                app.provider.imap.host if app.provider.imap else "",
            )
            for app in apps
            if app.document.get("enabled") and app.provider.grant == "refresh_token"
        ]

    async def search(self, link: Link, email: str) -> Found:
        """Return the servers of an address. Raises LinkUsed, TooManyTries, WrongAddress."""
        await self.check_address(link, email)
        await self._count_search(link)
        return await self.autoconfig.find(email)

    async def connect(self, link: Link, mailbox: EnteredMailbox) -> str:
        """Try the credentials and register the account; return the URL to go back to.

        Raises SignInFailed if they do not work, LinkUsed, TooManyTries, WrongAddress, NoServers, and registration
        errors.
        """
        await self.check_address(link, mailbox.email)
        now = self.clock()
        count = partial(sign_in_store.count_probe, id_=link.id, limit=PROBES, now=now)
        if not await repeatable(lambda: self.db.write(count)):
            await self._refuse(link)
        if link.only_found:
            # The servers are searched for again, because the browser's values cannot be trusted.
            mailbox = _at_found(mailbox, await self.autoconfig.find(mailbox.email), keep_user=link.delegated)
        body = {**link.settings, **mailbox.document()}
        if link.expected_email:
            body["expectedEmail"] = link.expected_email
        if not self.settings.sign_in_private_addresses:
            # This holds for the life of the account, because the name may resolve to another address tomorrow.
            body[PUBLIC_HOSTS] = True
        await Verifier(
            settings=_quickly(self.settings), lookups=self.lookups, clock=self.clock, pacing=self.pacing
        ).demand(settings_of(body))
        # One transaction does both. If the answer is lost, opening the link again shows whether it was used.
        spend = self._spend(link)
        done = await self.accounts.register(link.account, body, upsert=True, first=spend, by=HOSTED_SIGN_IN)
        return link.way_back(done.account, created=done.created)

    async def consent(self, link: Link, app: str, name: str | None = None, email: str | None = None) -> str:
        """Return the link that sends the browser to a provider. Its return from there completes the registration.

        Raises InvalidAccount if people cannot choose the application, LinkUsed, TooManyTries.
        """
        await self._count_search(link)
        oauth2: Document = {"provider": app, "authorize": True, "redirectUrl": link.redirect_url}
        if link.delegated and link.email:
            oauth2["auth"] = {"delegatedUser": link.email}
        body = {**link.settings, "imap": False, "smtp": False, "oauth2": oauth2}
        given = {"name": link.name or name, "email": link.email, "expectedEmail": link.expected_email}
        body |= {key: value for key, value in given.items() if value}
        hint = None if link.delegated else email
        return await self.consents.begin(link.account, body, sign_in=link.id, hint=link.expected_email or hint)

    async def locale(self, link: Link) -> str | None:
        """Return the language of the account the link is for, if it has one."""
        return (await self._of_account(link)).locale

    async def check_address(self, link: Link, email: str) -> None:
        """Raise WrongAddress when the link, or the account it is for, is for another address."""
        expected = link.fixed_email or (await self._of_account(link)).expected_email
        if expected and not same_address(expected, email):
            raise WrongAddress(expected)

    async def _of_account(self, link: Link) -> AccountSettings:
        """Return the settings of the link's account, with masked secrets."""
        if link.account is None:
            return NO_SETTINGS
        try:
            return (await self.accounts.get(link.account)).settings
        except AccountNotFound:
            return NO_SETTINGS

    async def _count_search(self, link: Link) -> None:
        now = self.clock()
        count = partial(sign_in_store.count_search, id_=link.id, limit=PROBES, now=now)
        if not await repeatable(lambda: self.db.write(count)):
            await self._refuse(link)

    async def _refuse(self, link: Link) -> None:
        """Raise the error that says why a link may no longer be tried."""
        if await self.db.read(lambda conn: sign_in_store.is_open(conn, link.id, self.clock())):
            raise TooManyTries("This link was tried too often; ask for a new one")
        raise LinkUsed("This link was used already")

    def _spend(self, link: Link) -> Callable[[Connection], None]:
        """Return the work that uses up a link in the registration's transaction."""
        now = self.clock()

        def work(conn: Connection) -> None:
            if not sign_in_store.spend(conn, link.id, now):
                raise LinkUsed("This link was used already")

        return work


def _quickly(settings: Settings) -> Settings:
    """Return the operator's time limits where they are shorter than ours, because a person waits for the page."""
    limits = {name: min(getattr(settings, name), most) for name, most in _PATIENCE.items()}
    return settings.model_copy(update=limits)


def _at_found(mailbox: EnteredMailbox, found: Found, *, keep_user: bool) -> EnteredMailbox:
    """Return the mailbox with the servers and the user name that were found. Raises NoServers."""
    if found.imap is None:
        raise NoServers(f"No servers are found for {mailbox.email}")
    imap = EnteredServer(found.imap.host, found.imap.port, found.imap.secure)
    smtp = EnteredServer(found.smtp.host, found.smtp.port, found.smtp.secure) if found.smtp else None
    return replace(mailbox, imap=imap, smtp=smtp, user=mailbox.user if keep_user else found.imap.user)
