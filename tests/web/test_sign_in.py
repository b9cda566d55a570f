"""The steps of the hosted sign-in over HTTP, with a real Dovecot behind them."""

from __future__ import annotations

from tests.live.dovecot import Dovecot
from tests.web.site import BACK, Person, Site

EMAIL = "jo@example.test"


async def test_from_an_address_to_an_account(site: Site, person: Person, dovecot: Dovecot) -> None:
    site.mail_of("example.test", dovecot.tls_port)
    page = await person.open(await site.link(account="jo"))
    assert page.status == 200
    page = await person.send(page, email=EMAIL, name="Jo Example", step="address")
    assert (page.status, page.fields["imap_host"], page.fields["imap_port"]) == (
        200,
        "localhost",
        str(dovecot.tls_port),
    )
    page = await person.send(page, password="pass", step="password")
    assert (page.status, page.refresh) == (200, f"{BACK}&account=jo&state=new")
    shown = (await site.client.get("/v1/account/jo")).body
    assert (shown["name"], shown["email"], shown["imap"]["auth"]["user"]) == ("Jo Example", EMAIL, EMAIL)
