"""The steps of the hosted sign-in over HTTP: what each page asks, shows, refuses and never tells."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from postroom.web.protection import COOKIE
from postroom.words.strangers import WITHHELD
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.strangers import NASTY, UNFIT, leaks, writings
from tests.live.dovecot import Dovecot
from tests.web.site import BACK, Page, Person, Site, open_site

EMAIL = "jo@example.test"
SECRET = "correct horse <&> battery"


async def at_password(site: Site, person: Person, port: int, **asked: object) -> Page:
    """Go as far as the page that asks for the password."""
    site.mail_of("example.test", port)
    page = await person.open(await site.link(account="jo", **asked))
    page = await person.send(page, email=EMAIL, name="Jo Example", step="address")
    assert "password" in page.fields, page.text
    return page


async def at_servers(site: Site, person: Person, **asked: object) -> Page:
    """Go as far as the page that asks for the servers."""
    page = await person.open(await site.link(account="jo", **asked))
    page = await person.send(page, email="jo@localhost", step="address")
    assert "smtp_security" in page.fields, page.text
    return page


def focused(page: Page) -> list[str]:
    """The fields that have the focus when the page opens."""
    return [
        part.split('"')[1] for part in re.split("<input |<select ", page.text)[1:] if " autofocus" in part.split(">")[0]
    ]


async def test_from_an_address_to_an_account(site: Site, person: Person, dovecot: Dovecot) -> None:
    page = await at_password(site, person, dovecot.tls_port)
    assert (page.fields["imap_host"], page.fields["imap_port"]) == ("localhost", str(dovecot.tls_port))
    page = await person.send(page, password=dovecot.password, step="password")
    assert (page.status, page.refresh) == (200, f"{BACK}&account=jo&state=new")
    assert page.links == [page.refresh]
    shown = (await site.client.get("/v1/account/jo")).body
    assert (shown["name"], shown["email"], shown["imap"]["auth"]["user"]) == ("Jo Example", EMAIL, EMAIL)

    again = await person.open(await site.link(account="jo", email=EMAIL))
    page = await person.send(again, step="address")
    page = await person.send(page, password=dovecot.password, step="password")
    assert page.refresh == f"{BACK}&account=jo&state=existing"


async def test_a_wrong_password_is_explained_and_told_to_nobody(
    site: Site, person: Person, dovecot: Dovecot, capfd: pytest.CaptureFixture[str]
) -> None:
    dovecot.set_password(EMAIL, "another")
    page = await at_password(site, person, dovecot.tls_port)
    page = await person.send(page, password=SECRET, step="password")
    assert page.status == 200
    assert "User name or password is wrong." in page.text
    assert page.fields["password"] == ""
    assert page.fields["imap_port"] == str(dovecot.tls_port)
    page = await person.send(page, password=SECRET, step="manual")
    assert page.fields["imap_port"] == str(dovecot.tls_port)
    dovecot.set_password(EMAIL, None)
    told = page.text + "".join(capfd.readouterr())
    assert "horse" not in told


async def test_a_refused_password_is_the_field_to_look_at(site: Site, person: Person, dovecot: Dovecot) -> None:
    dovecot.set_password(EMAIL, "another")
    page = await at_password(site, person, dovecot.tls_port)
    page = await person.send(page, password=SECRET, step="password")
    assert page.wrong == {"password": "failure"}
    assert focused(page) == ["password"]
    page = await person.send(page, password=SECRET, step="servers")
    dovecot.set_password(EMAIL, None)
    assert page.wrong == {"password": "failure"}
    assert focused(page) == ["password"]
    assert page.text.index('id="password"') < page.text.index('id="imap_host"') < page.text.index('id="smtp_host"')


async def test_a_server_that_is_not_there_is_the_field_to_look_at(site: Site, person: Person) -> None:
    page = await at_servers(site, person)
    async with FakeImapServer() as imap:
        entered = {"imap_host": "127.0.0.1", "imap_port": str(imap.port), "imap_security": "starttls"}
        smtp = {"smtp_host": "no-such-host.invalid", "smtp_port": "587", "smtp_security": "starttls"}
        page = await person.send(page, **entered, **smtp, user="jo", password="pass", step="servers")
    assert page.wrong == {"smtp_host": "failure"}
    assert focused(page) == ["smtp_host"]
    assert page.text.index('id="smtp_host"') < page.text.index('id="imap_host"') < page.text.index('id="password"')


async def test_a_page_says_what_will_be_possible_and_for_whom(site: Site, person: Person, dovecot: Dovecot) -> None:
    await site.client.post("/v1/settings", {"pageBrandName": "Ada & Co"})
    page = await person.open(await site.link())
    assert "Ada &amp; Co asks for access to your mailbox: to read your mail" in page.text
    page = await at_password(site, person, dovecot.tls_port)
    assert "No outgoing mail server: Ada &amp; Co can read mail only." in page.text
    page = await person.open(await site.link())
    page = await person.send(page, email="jo@icloud.com", step="address")
    assert "smtp.mail.me.com. With it Ada &amp; Co may also send in your name." in page.text


async def test_servers_by_hand_with_both_protocols(site: Site, person: Person) -> None:
    async with FakeImapServer() as imap, FakeSmtpServer(password="other") as smtp:
        page = await at_servers(site, person)
        assert "could not find your mail servers" in page.text
        entered = {
            "imap_host": "127.0.0.1",
            "imap_port": str(imap.port),
            "imap_security": "starttls",
            "smtp_host": "127.0.0.1",
            "smtp_port": str(smtp.port),
            "smtp_security": "starttls",
            "user": "jo",
            "password": "pass",
            "step": "servers",
        }
        page = await person.send(page, **entered)
        assert "SMTP server 127.0.0.1" in page.text
        assert {name: page.fields[name] for name in entered if name not in ("password", "step")} == {
            name: value for name, value in entered.items() if name not in ("password", "step")
        }
        assert page.fields["password"] == ""
        smtp.password = "pass"
        page = await person.send(page, password="pass", step="servers")
        assert page.refresh.endswith("account=jo&state=new")
    shown = (await site.client.get("/v1/account/jo")).body
    assert (shown["imap"]["auth"]["user"], shown["smtp"]["port"]) == ("jo", smtp.port)


async def test_mistakes_are_bound_to_their_fields(site: Site, person: Person) -> None:
    page = await person.open(await site.link())
    page = await person.send(page, email="", step="address")
    assert page.wrong == {"email": "email-problem"}
    assert 'id="email-problem"' in page.text
    assert "<title>Error: " in page.text
    page = await at_servers(site, person)
    page = await person.send(page, imap_host="", imap_port="0", smtp_host="a b", user="x" * 300, step="servers")
    assert list(page.wrong) == ["imap_host", "imap_port", "smtp_host", "user", "password"]
    assert focused(page) == ["imap_host"]


async def test_what_was_typed_is_text(site: Site, person: Person) -> None:
    evil = "\"><script>alert(1)</script>{{ 7 * 7 }}'"
    page = await at_servers(site, person, name=evil)
    page = await person.send(page, name=evil, imap_host=evil, user=evil, step="servers")
    assert (page.fields["name"], page.fields["imap_host"], page.fields["user"]) == (evil, evil, evil)
    assert evil not in page.text
    assert page.text.count("<script") == 1
    assert '<script src="/accounts/sign-in.js?v=' in page.text


async def test_a_server_that_is_not_public_is_refused(sqlite_url: str, tmp_path: Path, person: Person) -> None:
    async with FakeImapServer() as imap, open_site(sqlite_url, tmp_path, sign_in_private_addresses=False) as site:
        page = await at_servers(site, person)
        page = await person.send(page, imap_host="127.0.0.1", imap_port=str(imap.port), password="x", step="servers")
        assert "This server is not on the public internet." in page.text
        assert imap.statistics.connections == 0


async def test_a_kind_of_security_that_does_not_fit_is_told(site: Site, person: Person, dovecot: Dovecot) -> None:
    page = await at_servers(site, person)
    for port, security in ((dovecot.port, "tls"), (dovecot.tls_port, "starttls")):
        entered = {"imap_host": "127.0.0.1", "imap_port": str(port), "imap_security": security}
        page = await person.send(page, **entered, smtp_host="", password="x", step="servers")
        assert "The encryption does not fit this port." in page.text
        assert "Choose the other kind of security" in page.text


async def test_hints_about_app_passwords_are_shown(site: Site, person: Person) -> None:
    page = await person.open(await site.link())
    page = await person.send(page, email="jo@icloud.com", step="address")
    assert page.fields["imap_host"] == "imap.mail.me.com"
    assert "iCloud Mail wants an app password here." in page.text
    assert "https://account.apple.com" in page.links
    assert '<label for="password">App password' in page.text


async def test_hints_about_app_passwords_are_in_the_language_of_the_page(site: Site) -> None:
    async with site.person(**{"Accept-Language": "de"}) as person:
        page = await person.open(await site.link())
        page = await person.send(page, email="jo@icloud.com", step="address")
    assert "Erstellen Sie unter" in page.text
    assert "https://account.apple.com" in page.links
    assert "Make an app-specific" not in page.text
    answer = await site.client.get("/v1/autoconfig?email=jo%40icloud.com")
    assert answer.body["appPassword"]["instructions"].startswith("Make an app-specific")


async def test_a_link_for_one_address(site: Site, person: Person, dovecot: Dovecot) -> None:
    page = await at_password(site, person, dovecot.tls_port, expectedEmail=EMAIL)
    refused = await person.send(page, email="eve@example.test", password="pass", step="password")
    assert refused.wrong == {"email": "email-problem"}
    assert f"This link is for {EMAIL} only." in refused.text
    refused = await person.send(page, user="eve@example.test", password="pass", step="password")
    assert refused.wrong == {"user": "user-problem"}
    assert (await site.client.get("/v1/account/jo")).status == 404
    assert (await person.send(page, user="jo", password="pass", step="password")).refresh


async def test_servers_of_ones_own_are_no_way_in(site: Site, person: Person, dovecot: Dovecot) -> None:
    page = await at_password(site, person, dovecot.tls_port, expectedEmail=EMAIL, onlyFoundServers=True)
    assert "Enter the servers yourself" not in page.text
    async with FakeImapServer(password="pass") as own, FakeSmtpServer(password="pass") as smtp:
        servers = {"imap_host": "127.0.0.1", "imap_port": str(own.port), "imap_security": "starttls"}
        servers |= {"smtp_host": "127.0.0.1", "smtp_port": str(smtp.port), "smtp_security": "starttls"}
        dovecot.set_password(EMAIL, "another")
        for step in ("password", "servers", "manual"):
            refused = await person.send(page, **servers, user="jo", password="pass", step=step)
            assert refused.wrong == {"password": "failure"}
            assert 'id="imap_host"' not in refused.text
        dovecot.set_password(EMAIL, None)
        broken = await person.send(page, imap_host="::", imap_port="none", password="", step="servers")
        assert set(broken.wrong) == {"password"}
        assert (own.statistics.connections, smtp.statistics.connections) == (0, 0)
        page = await person.send(page, **servers, user="jo", password=dovecot.password, step="servers")
        assert page.refresh
        assert own.statistics.connections == 0
    imap = (await site.client.get("/v1/account/jo")).body["imap"]
    assert (imap["host"], imap["port"], imap["auth"]["user"]) == ("localhost", dovecot.tls_port, EMAIL)


async def test_where_no_servers_are_found_a_link_for_found_ones_says_so(site: Site, person: Person) -> None:
    page = await person.open(await site.link(account="jo", onlyFoundServers=True))
    for step in ("address", "manual", "servers"):
        refused = await person.send(page, email="jo@localhost", password="pass", imap_host="127.0.0.1", step=step)
        assert refused.wrong == {"email": "email-problem"}, step
        assert "No mail servers are found for this address" in refused.text


async def test_a_shared_mailbox_at_found_servers_is_opened_by_who_is_expected(
    site: Site, person: Person, dovecot: Dovecot
) -> None:
    site.mail_of("example.test", dovecot.tls_port)
    shared = {"email": "team@example.test", "delegated": True, "expectedEmail": EMAIL, "onlyFoundServers": True}
    page = await person.open(await site.link(account="jo", **shared))
    page = await person.send(page, step="address")
    refused = await person.send(page, user="eve@example.test", password=dovecot.password, step="servers")
    assert refused.wrong == {"user": "user-problem"}
    assert (await person.send(page, user=EMAIL, password=dovecot.password, step="servers")).refresh
    assert (await site.client.get("/v1/account/jo")).body["imap"]["auth"]["user"] == EMAIL


async def test_an_address_that_only_looks_like_the_expected_one_is_refused(site: Site, person: Person) -> None:
    page = await person.open(await site.link(account="jo", expectedEmail="jo@strasse.test", onlyFoundServers=True))
    refused = await person.send(page, email="jo@straße.test", step="address")
    assert "This link is for jo@strasse.test only." in refused.text


async def test_a_shared_mailbox_has_a_user_of_its_own(site: Site, person: Person, dovecot: Dovecot) -> None:
    site.mail_of("example.test", dovecot.tls_port)
    shared = {"email": "team@example.test", "delegated": True, "expectedEmail": EMAIL}
    page = await person.open(await site.link(account="jo", **shared))
    assert page.fields["email"] == "team@example.test"
    assert (await person.send(page, email=EMAIL, step="address")).wrong == {"email": "email-problem"}
    page = await person.send(page, step="address")
    assert 'label for="user"' in page.text
    for user in ("", "eve@example.test"):
        refused = await person.send(page, user=user, password=dovecot.password, step="password")
        assert refused.wrong == {"user": "user-problem"}
    page = await person.send(page, user=EMAIL, password=dovecot.password, step="password")
    assert page.refresh
    shown = (await site.client.get("/v1/account/jo")).body
    assert (shown["email"], shown["imap"]["auth"]["user"]) == ("team@example.test", EMAIL)


async def test_a_form_from_elsewhere_is_refused(site: Site, person: Person, dovecot: Dovecot) -> None:
    page = await at_password(site, person, dovecot.tls_port)
    async with site.person() as other:
        assert (await other.send(page, password="pass", step="password")).status == 403
        own = await other.open(page.url)
        assert (await other.send(page, password="pass", step="password")).status == 403
        assert (await other.send(own, step="address", email=EMAIL)).status == 200
    another_link = await person.open(await site.link())
    assert (await person.send(page, token=another_link.fields["token"], password="pass")).status == 403
    assert (await person.send(page, token="", password="pass")).status == 403
    assert (await site.client.get("/v1/account/jo")).status == 404


async def test_links_that_do_not_hold(site: Site, person: Person) -> None:
    link = await site.link()
    for broken in (link[:-1], link.replace("data=", "data=A"), link.partition("?")[0]):
        page = await person.open(broken)
        assert (page.status, "This link is not valid" in page.text) == (403, True)
    await site.client.post("/v1/settings", {"serviceSecret": None})
    assert (await person.open(link)).status == 403


async def test_too_many_tries_end_a_link(site: Site, person: Person, dovecot: Dovecot) -> None:
    page = await at_password(site, person, dovecot.tls_port)
    for _ in range(50):
        tried = await person.send(page, imap_host="127.0.0.1", imap_port="1", password="x", step="servers")
        assert tried.status == 200
    page = await person.send(page, password="pass", step="password")
    assert (page.status, "Too many tries" in page.text) == (429, True)


async def test_which_ways_to_sign_in_are_offered(site: Site, person: Person) -> None:
    for kind, name, enabled in (("gmail", "Google", True), ("outlook", "Microsoft", False)):
        body = {"name": name, "provider": kind, "clientId": "i", "clientSecret": "s", "enabled": enabled}
        assert (await site.client.post("/v1/oauth2", body)).status == 200
    page = await person.open(await site.link())
    assert ("Continue with Google" in page.text, "Microsoft" in page.text) == (True, False)
    assert page.link_to("type=gmail")
    for kind in ("outlook", "unknown", "gmailService"):
        assert page.links == (await person.open(page.url + f"&type={kind}")).links
    assert (await person.open(await site.link(type="imap"))).links == []

    # Whose mail is at Google is shown that way first; whoever wants a password only is not.
    page = await person.send(page, email="jo@gmail.com", step="address")
    assert parse_qs(urlsplit(page.link_to("type=gmail")).query)["email"] == ["jo@gmail.com"]
    by_password = await person.open(await site.link(type="imap"))
    page = await person.send(by_password, email="jo@gmail.com", step="address")
    assert not any("type=gmail" in link for link in page.links)

    straight = await person.open(await site.link(type="gmail"))
    assert (straight.status, urlsplit(straight.headers["location"]).path) == (302, "/oauth/start")


async def test_a_consent_uses_the_link_up(site: Site, person: Person) -> None:
    async with OpenIdProvider() as provider:
        app = provider.application(imap={"host": "imap.example.com", "port": 993}, enabled=True)
        await site.client.post("/v1/oauth2", app)
        url = await site.link(account="jo", type="local", email="team@example.test", delegated=True, path=["INBOX"])

        async def consent() -> Page:
            page = await person.open(url)
            for _ in range(3):
                page = await person.open(page.headers["location"])
            return page

        page = await consent()
        assert page.headers["location"] == f"{BACK}&account=jo&state=new"
        shown = (await site.client.get("/v1/account/jo")).body
        assert shown["oauth2"]["auth"] == {"user": "someone@example.test", "delegatedUser": "team@example.test"}
        assert (shown["email"], shown["path"]) == ("team@example.test", ["INBOX"])
        assert (await person.open(url)).status == 410


async def test_a_page_is_safe_to_show(site: Site, person: Person) -> None:
    await site.client.post("/v1/settings", {"serviceUrl": "https://mail.example", "pageBrandName": "<b>Ada</b>"})
    link = (await site.link(account="jo")).replace("https://mail.example", site.client.base)
    page = await person.open(link)
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-frame-options"] == "DENY"
    cookie = page.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/accounts"} <= set(cookie.split("; "))


async def test_the_language_of_the_account_goes_before_that_of_the_browser(site: Site) -> None:
    await site.client.register("jo", locale="de")
    async with site.person(**{"accept-language": "en"}) as person:
        assert "Postfach verbinden" in (await person.open(await site.link(account="jo"))).text
        assert "Connect your mailbox" in (await person.open(await site.link())).text
    await site.client.post("/v1/settings", {"locale": "de"})
    async with site.person() as person:
        assert '<html lang="de">' in (await person.open(await site.link())).text


@pytest.mark.parametrize("name", ["as it is", "percent-encoded", "SASL PLAIN, one octet on"])
async def test_what_a_server_says_commands_nothing_and_repeats_no_password(
    site: Site, person: Person, name: str
) -> None:
    page = await at_servers(site, person)
    line = re.sub(r"[\r\n\0]", "", NASTY)
    async with FakeImapServer() as imap:
        entered = {"imap_host": "127.0.0.1", "imap_port": str(imap.port), "imap_security": "starttls"}
        for said, shown in (
            (line, "hidden [bold]loud[/bold]"),
            (f"{line}{writings(SECRET)[name]}", WITHHELD),
        ):
            imap.behave(refuse_login("AUTHENTICATIONFAILED", f"<b>{said}"))
            page = await person.send(page, **entered, smtp_host="", user="jo", password=SECRET, step="servers")
            assert shown in html.unescape(page.text)
            assert "<b>" not in page.text
            assert not UNFIT.search(page.text)
            assert leaks(html.unescape(page.text), SECRET) == []
