"""The hosted sign-in behind its pages, on both databases: one use, so many tries, one address, public servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postroom.accounts.service import Accounts
from postroom.onboarding.sign_in.entered import EnteredMailbox, EnteredServer
from postroom.onboarding.sign_in.link import LIFE_MS, Link, LinkRefused
from postroom.onboarding.sign_in.service import (
    PROBES,
    LinkUsed,
    MissingServiceUrl,
    SignIns,
    TooManyTries,
    WrongAddress,
)
from postroom.onboarding.verify import SignInFailed
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.ports import PortReservation
from tests.web.site import Site, open_site, with_clock

EMAIL = "jo@example.test"


@pytest.fixture
async def site(migrated_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(migrated_url, tmp_path) as running:
        yield running


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


def sign_ins(site: Site) -> SignIns:
    return site.client.api.sign_ins


async def opened(site: Site, **asked: Any) -> Link:
    query = parse_qs(urlsplit(await site.link(**asked)).query)
    return await sign_ins(site).open(query["data"][0], query["sig"][0])


def mailbox(port: int, password: str = "pass", **more: Any) -> EnteredMailbox:
    given = {"email": EMAIL, "name": "", "user": EMAIL, "imap": EnteredServer("127.0.0.1", port, False), **more}
    return EnteredMailbox(password=password, **given)


async def test_a_link_registers_one_account(site: Site, mail: FakeImapServer) -> None:
    link = await opened(site, account="jo", path=["INBOX"], notifyFrom="2026-01-01T00:00:00Z")
    url = await sign_ins(site).connect(link, mailbox(mail.port))
    assert url.endswith("&account=jo&state=new")
    shown = (await site.client.get("/v1/account/jo")).body
    assert (shown["name"], shown["path"], shown["notifyFrom"]) == (EMAIL, ["INBOX"], "2026-01-01T00:00:00.000Z")
    with pytest.raises(LinkUsed):
        await sign_ins(site).connect(link, mailbox(mail.port))
    with pytest.raises(LinkUsed):
        await sign_ins(site).open(link.data, link.sig)
    with pytest.raises(LinkUsed):
        await sign_ins(site).search(link, EMAIL)


async def test_a_link_goes_with_the_account_it_was_for(site: Site, mail: FakeImapServer) -> None:
    """Otherwise whoever has an old link puts a mailbox of their own in the place of the next holder's."""
    await site.client.register("jo")
    known, unnamed = await opened(site, account="jo"), await opened(site)
    await site.client.delete("/v1/account/jo")
    await site.client.register("jo")
    for work in (
        sign_ins(site).open(known.data, known.sig),
        sign_ins(site).search(known, EMAIL),
        sign_ins(site).connect(known, mailbox(mail.port)),
    ):
        with pytest.raises(LinkUsed):
            await work
    assert (await site.client.get("/v1/account/jo")).body["name"] == "John Doe"
    assert (await sign_ins(site).connect(unnamed, mailbox(mail.port))).endswith("state=new")


async def test_a_link_made_after_a_removal_works(site: Site, mail: FakeImapServer) -> None:
    await site.client.register("jo")
    await site.client.delete("/v1/account/jo")
    link = await opened(site, account="jo")
    assert (await sign_ins(site).connect(link, mailbox(mail.port))).endswith("&account=jo&state=new")


async def test_of_two_who_finish_at_once_one_has_it(site: Site, mail: FakeImapServer) -> None:
    link = await opened(site)
    done = await asyncio.gather(
        *(sign_ins(site).connect(link, mailbox(mail.port)) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == ["LinkUsed", "str"]
    assert (await site.client.get("/v1/accounts")).body["total"] == 1


async def test_an_account_that_exists_becomes_what_was_entered(site: Site, mail: FakeImapServer) -> None:
    await site.client.post(
        "/v1/account",
        {"account": "jo", "name": "Jo", "oauth2": {"provider": "gmail", "accessToken": "t", "auth": {"user": "x@y.z"}}},
    )
    url = await sign_ins(site).connect(await opened(site, account="jo"), mailbox(mail.port))
    assert url.endswith("&account=jo&state=existing")
    shown = (await site.client.get("/v1/account/jo")).body
    assert (shown["type"], shown["imap"]["port"], shown.get("oauth2")) == ("imap", mail.port, None)


async def test_a_refused_password_stores_nothing_and_leaves_the_link(site: Site, mail: FakeImapServer) -> None:
    link = await opened(site, account="jo")
    with pytest.raises(SignInFailed) as caught:
        await sign_ins(site).connect(link, mailbox(mail.port, "wrong-password"))
    assert caught.value.code == "AuthenticationError"
    assert "wrong-password" not in f"{caught.value}{caught.value.report}"
    assert (await site.client.get("/v1/account/jo")).status == 404
    assert await sign_ins(site).connect(link, mailbox(mail.port))


async def test_a_registration_that_fails_gives_the_link_back(site: Site, mail: FakeImapServer) -> None:
    link = await opened(site)

    class Broken(Accounts):
        async def register(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("out of order")

    accounts = sign_ins(site).accounts
    object.__setattr__(sign_ins(site), "accounts", Broken(accounts.db, accounts.box))
    with pytest.raises(RuntimeError, match="out of order"):
        await sign_ins(site).connect(link, mailbox(mail.port))
    object.__setattr__(sign_ins(site), "accounts", accounts)
    assert await sign_ins(site).connect(link, mailbox(mail.port))


async def test_only_so_many_tries(site: Site) -> None:
    link = await opened(site)
    closed = PortReservation()
    nobody = mailbox(closed.port)
    for _ in range(PROBES):
        with pytest.raises(SignInFailed):
            await sign_ins(site).connect(link, nobody)
    with pytest.raises(TooManyTries):
        await sign_ins(site).connect(link, nobody)
    closed.release()


@pytest.mark.long
async def test_only_so_many_searches(site: Site) -> None:
    link = await opened(site)
    for number in range(PROBES):
        await sign_ins(site).search(link, f"jo{number}@gmail.com")
    for one_more in (sign_ins(site).search(link, "jo@gmail.com"), sign_ins(site).consent(link, "gmail")):
        with pytest.raises(TooManyTries):
            await one_more


async def test_an_expired_link_is_refused_and_forgotten(site: Site, mail: FakeImapServer) -> None:
    link = await opened(site)
    later = sign_ins(site).clock() + LIFE_MS
    with_clock(site, lambda: later)
    with pytest.raises(LinkRefused):
        await sign_ins(site).open(link.data, link.sig)
    with pytest.raises(LinkUsed):
        await sign_ins(site).connect(link, mailbox(mail.port))
    await opened(site)
    with_clock(site, lambda: later - LIFE_MS)
    with pytest.raises(LinkUsed):
        await sign_ins(site).open(link.data, link.sig)


async def test_only_the_expected_address_may_sign_in(site: Site, mail: FakeImapServer) -> None:
    link = await opened(site, account="jo", expectedEmail=EMAIL.upper())
    for step in (
        sign_ins(site).search(link, "eve@example.test"),
        sign_ins(site).connect(link, mailbox(mail.port, email="eve@example.test")),
    ):
        with pytest.raises(WrongAddress):
            await step
    await sign_ins(site).connect(link, mailbox(mail.port))
    # The account keeps its pin: another link for it is for the same address.
    again = await opened(site, account="jo")
    with pytest.raises(WrongAddress):
        await sign_ins(site).search(again, "eve@example.test")


async def test_people_may_name_public_servers_only(migrated_url: str, tmp_path: Path, mail: FakeImapServer) -> None:
    async with open_site(migrated_url, tmp_path, sign_in_private_addresses=False) as site:
        link = await opened(site, account="jo")
        for host in ("127.0.0.1", "localhost", "0x7f.1", "[::1]", "10.0.0.1", "169.254.169.254"):
            with pytest.raises(SignInFailed) as caught:
                await sign_ins(site).connect(link, mailbox(mail.port, imap=EnteredServer(host, mail.port, False)))
            assert caught.value.report.failure is not None
            assert caught.value.report.failure.code == "EEGRESSBLOCKED", host
        assert mail.statistics.connections == 0


async def test_without_the_service_url_there_is_no_link(site: Site) -> None:
    await site.client.post("/v1/settings", {"serviceUrl": None})
    with pytest.raises(MissingServiceUrl):
        await sign_ins(site).begin({"redirectUrl": "https://app.example/"})
