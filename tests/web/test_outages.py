"""Whatever happens to the database while somebody signs in, the page is true, and the link says how it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Client, client_of
from tests.fakes.failing_database import FailingDatabase, Fault
from tests.fakes.openid_provider import OpenIdProvider
from tests.live.dovecot import Dovecot
from tests.web.site import Page, Person, Site, open_site

EMAIL = "jo@example.test"
CONSENTING = "u1@example.test"
FAULTS: list[Fault] = ["before", "after", "blink"]


async def exists(client: Client, account: str) -> bool:
    return (await client.get(f"/v1/account/{account}")).status == 200


async def check_truth(client: Client, account: str, page: Page, *, lost: bool) -> bool:
    """Return whether the page says that the account is registered; fail if what it says is not so."""
    stored = await exists(client, account)
    if page.status != 503:
        assert page.status in (200, 302), page.text
        assert stored
        return True
    assert int(page.headers["retry-after"]) >= 1
    if "We do not know whether it worked" in page.text:
        assert lost
    else:
        assert "Nothing was stored." in page.text
        assert not stored
    return False


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_sign_in_by_password(sqlite_url: str, tmp_path: Path, dovecot: Dovecot, fault: Fault) -> None:
    async with open_site(sqlite_url, tmp_path, wrap=FailingDatabase) as site, Person() as person:
        db = site.client.db
        assert isinstance(db, FailingDatabase)
        site.mail_of("example.test", dovecot.tls_port)
        for number in range(1, 30):
            account = f"jo{number}"
            link, page = await at_password(site, person, account)
            site.client.api.runtime._forget()
            db.fail(number, fault)
            page = await person.send(page, password=dovecot.password, step="password")
            db.heal()
            said = await check_truth(site.client, account, page, lost=fault != "before" and db.hits > 0)
            # Opening the link again tells how it ended: used up if there is an account, else as good as before.
            again = await person.open(link)
            assert again.status == (410 if await exists(site.client, account) else 200)
            if not db.hits:
                break
        assert said
        assert number > 1


async def at_password(site: Site, person: Person, account: str) -> tuple[str, Page]:
    """Go as far as the page that asks for the password; return the link, too."""
    link = await site.link(account=account)
    page = await person.send(await person.open(link), email=EMAIL, name="Jo", step="address")
    assert "password" in page.fields, page.text
    return link, page


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_consent(sqlite_url: str, settings: Any, provider: OpenIdProvider, fault: Fault) -> None:
    async with client_of(sqlite_url, settings, wrap=FailingDatabase) as client, Person() as person:
        db = client.db
        assert isinstance(db, FailingDatabase)
        await client.post("/v1/oauth2", provider.application(imap={"host": "imap.example.com", "port": 993}))
        await client.post("/v1/settings", {"serviceUrl": client.base})
        for number in range(1, 30):
            account = f"a{number}"
            back = await to_callback(person, await link_of(client, account))
            client.api.runtime._forget()
            db.fail(number, fault)
            page = await person.open(back)
            db.heal()
            said = await check_truth(client, account, page, lost=fault != "before" and db.hits > 0)
            if not said:
                # The page has a link that goes on: to the end if there is no account yet, and otherwise it is used up.
                retry = page.link_to("/oauth/start")
                if await exists(client, account):
                    again = await person.open(retry)
                    assert (again.status, "was used already" in again.text) == (400, True)
                else:
                    again = await person.open(await to_callback(person, retry))
                    assert again.headers["location"].endswith("&state=new"), again.text
            # One mailbox is one account.
            assert (await client.delete(f"/v1/account/{account}")).status == 200
            if not db.hits:
                break
        assert said
        assert number > 1


async def link_of(client: Client, account: str) -> str:
    oauth2 = {
        "provider": "local",
        "authorize": True,
        "redirectUrl": "https://app.example/done?x=1",
        "auth": {"user": CONSENTING},
    }
    answer = await client.post("/v1/account", {"account": account, "name": "A", "oauth2": oauth2})
    assert answer.status == 200, answer.text
    return str(answer.body["redirect"])


async def to_callback(person: Person, link: str) -> str:
    """From the link over the provider's page to the URL the provider sends back to."""
    started = await person.open(link)
    assert started.status == 302, started.text
    return str((await person.open(started.headers["location"])).headers["location"])
