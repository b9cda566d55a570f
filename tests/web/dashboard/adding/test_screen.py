"""An account is added: found, tried and registered, against servers that answer, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.web.dashboard.adding import screen
from postroom.web.dashboard.desk import Desk
from tests.fakes.imap_server import FakeImapServer, greet_with, refuse_login
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.smtp_server import FakeSmtpServer
from tests.web.dashboard.adding.forms import USER, fields_of, finding, found_at
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit

SECRET = "a very secret word"


@pytest.fixture
async def imap() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer(password=SECRET) as server:
        yield server


@pytest.fixture
async def smtp() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(password=SECRET) as server:
        yield server


async def sent(desk: Desk, form: dict[str, str], **more: str) -> str:
    """The page after a form."""
    return text_of(await screen.go_on(desk, visit("/dashboard/accounts/add", form={**form, **more})))


async def second_page(desk: Desk, **more: str) -> dict[str, str]:
    """The fields of the page after the address."""
    return fields_of(await sent(desk, {"email": USER, "name": "Jo", "step": "find", **more}))


async def stored(desk: Desk, account: str) -> Any:
    return await desk.accounts.preview(account, {})


async def test_the_address_comes_first(desk: Desk) -> None:
    page = text_of(await screen.show(desk, visit()))
    assert 'name="email"' in page
    assert 'name="imap.host"' not in page


@pytest.mark.parametrize("email", ["", "nobody", HOSTILE])
async def test_an_address_that_is_none_is_asked_for_again(desk: Desk, email: str) -> None:
    answer = await screen.go_on(desk, visit(form={"email": email, "name": "Jo & Co", "step": "find"}))
    page = text_of(answer)
    assert answer.status_code == 400
    assert 'id="email-problem"' in page
    assert fields_of(page)["name"] == "Jo & Co"
    assert "<script>alert" not in page


async def test_what_was_found_fills_the_form(desk: Desk, imap: FakeImapServer, smtp: FakeSmtpServer) -> None:
    page = await sent(finding(desk, found_at(imap, smtp, "jo.user")), {"email": USER, "name": "", "step": "find"})
    fields = fields_of(page)
    assert "These mail servers were found" in page
    assert (fields["imap.host"], fields["imap.port"]) == (imap.host, str(imap.port))
    assert (fields["smtp.host"], fields["smtp.port"], fields["smtp.security"]) == (
        smtp.host,
        str(smtp.port),
        "starttls",
    )
    assert (fields["imap.auth.user"], fields["smtp.auth.user"], fields["account"]) == ("jo.user", "", USER)
    assert (fields["imap.used"], fields["smtp.used"]) == ("1", "1")


async def test_without_servers_the_person_enters_them(desk: Desk) -> None:
    page = await sent(finding(desk), {"email": USER, "name": "Jo", "step": "find"})
    fields = fields_of(page)
    assert "No mail servers were found" in page
    assert (fields["imap.host"], fields["imap.port"], fields["smtp.port"]) == ("", "993", "465")
    assert "smtp.used" not in fields


async def test_one_password_is_for_both_servers(desk: Desk, imap: FakeImapServer, smtp: FakeSmtpServer) -> None:
    fields = await second_page(finding(desk, found_at(imap, smtp)))
    fields |= {"imap.auth.pass": SECRET, "imap.security": "none", "smtp.security": "none"}
    tried = await sent(desk, fields, step="try")
    assert "every server accepts the sign-in" in tried
    assert SECRET not in tried
    with pytest.raises(AccountNotFound):
        await desk.accounts.get(USER)
    # The page keeps the password, so it need not be typed again.
    answer = await screen.go_on(desk, visit(form={**fields_of(tried), "step": "add"}))
    assert gone_to(answer) == "/dashboard/accounts/jo%40example.test"
    settings = await stored(desk, USER)
    assert settings.imap.auth.password.reveal() == settings.smtp.auth.password.reveal() == SECRET
    assert (settings.imap.secure, settings.imap.tls.allow_plaintext) == (False, True)
    assert settings.smtp.auth.user == USER


async def test_each_server_says_why_it_refuses(desk: Desk, imap: FakeImapServer, smtp: FakeSmtpServer) -> None:
    imap.behave(refuse_login(text=HOSTILE))
    fields = await second_page(finding(desk, found_at(imap, smtp)))
    fields |= {"imap.auth.pass": "wrong-word", "imap.security": "none", "smtp.security": "none"}
    page = await sent(desk, fields, step="try")
    assert "It does not work yet" in page
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'id="imap.auth.pass-problem"' in page
    assert 'id="smtp.auth.pass-problem"' in page
    assert "wrong-word" not in page


async def test_a_hostile_greeting_is_text(desk: Desk, imap: FakeImapServer) -> None:
    imap.behave(greet_with(f"* OK {HOSTILE}"))
    fields = await second_page(finding(desk, found_at(imap)))
    page = await sent(desk, {**fields, "imap.auth.pass": SECRET, "imap.security": "none"}, step="try", name=HOSTILE)
    assert "every server accepts" in page
    assert "<script>alert" not in page


async def test_every_problem_is_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    fields = await second_page(finding(desk))
    fields |= {
        "imap.host": "https://mail.example.test/",
        "imap.port": "99999",
        "imap.auth.pass": SECRET,
        "webhooks": "ftp://user:hidden-word@example.test",
        "webhooksCustomHeaders": "X-Good: hidden-too\nBad Name: x",
        "metadata": "a=1\nb=2",
        "notifyFrom": "yesterday",
        "account": "..",
        "tz": "Europe/Tallinn",
    }
    answer = await screen.go_on(desk, visit(form={**fields, "step": "add"}))
    page = text_of(answer)
    assert answer.status_code == 400
    for name in ("imap.host", "imap.port", "webhooks", "webhooksCustomHeaders", "notifyFrom", "account"):
        assert f'id="{name}-problem"' in page, name
    assert "Line 2: must be a header name" in page
    shown = fields_of(page)
    assert (shown["imap.host"], shown["metadata"], shown["tz"]) == (fields["imap.host"], "a=1\nb=2", "Europe/Tallinn")
    assert not any(secret in page for secret in (SECRET, "hidden-word", "hidden-too"))
    # What the page does not show, it keeps.
    mended = {
        **shown,
        "imap.host": "mail.example.test",
        "imap.port": "993",
        "notifyFrom": "2026-01-31",
        "account": "jo",
        "webhooks": "https://user:hidden-word@example.test",
        "webhooksCustomHeaders": "X-Good: hidden-too",
    }
    gone_to(await screen.go_on(desk, visit(form={**mended, "step": "add"})))
    settings = await stored(desk, "jo")
    assert settings.imap.auth.password.reveal() == SECRET
    assert settings.webhooks_custom_headers[0].value.reveal() == "hidden-too"
    assert (await desk.accounts.get("jo")).metadata == {"a": "1", "b": "2"}


async def test_an_account_needs_a_server(desk: Desk) -> None:
    fields = await second_page(finding(desk))
    del fields["imap.used"]
    page = await sent(desk, fields, step="add")
    assert "Name a server for receiving" in page
    page = await sent(desk, {**fields, "imap.used": "1"}, step="add")
    assert 'id="imap.host-problem"' in page
    assert 'id="imap.auth.pass-problem"' in page


async def test_an_account_that_only_sends(desk: Desk, smtp: FakeSmtpServer) -> None:
    fields = await second_page(finding(desk, found_at(None, smtp)))
    del fields["imap.used"]
    fields |= {"smtp.auth.user": USER, "smtp.auth.pass": SECRET, "smtp.security": "none"}
    gone_to(await screen.go_on(desk, visit(form={**fields, "step": "add"})))
    settings = await stored(desk, USER)
    assert settings.imap is None
    assert settings.smtp.auth.password.reveal() == SECRET


async def test_an_id_that_is_taken_is_told_at_its_field(desk: Desk, imap: FakeImapServer) -> None:
    fields = await second_page(finding(desk, found_at(imap))) | {"imap.auth.pass": SECRET, "step": "add"}
    gone_to(await screen.go_on(desk, visit(form=fields)))
    page = await sent(desk, fields)
    assert "There is an account with this id already." in page
    # Without an id, one is made.
    assert (
        gone_to(await screen.go_on(desk, visit(form={**fields, "account": ""})))
        != "/dashboard/accounts/jo%40example.test"
    )


async def test_a_page_of_another_session_keeps_nothing(desk: Desk, imap: FakeImapServer) -> None:
    fields = await second_page(finding(desk, found_at(imap))) | {"imap.auth.pass": SECRET}
    shown = fields_of(await sent(desk, fields, step="try"))
    page = await sent(desk, {**shown, "kept": shown["kept"][:-4] + "AAAA"}, step="add")
    assert 'id="imap.auth.pass-problem"' in page


async def test_a_provider_is_offered_and_begins_a_consent(desk: Desk) -> None:
    async with OpenIdProvider() as provider:
        await desk.apps.create(provider.application(name=HOSTILE, imap={"host": "imap.example.com", "port": 993}))
        page = await sent(finding(desk), {"email": USER, "name": "Jo", "step": "find"})
        assert "<script>alert" not in page
        fields = fields_of(page) | {"metadata": "team=blue"}
        refused = await sent(desk, fields, step="consent:local")
        assert "serviceUrl" in refused
        await desk.runtime.update({"serviceUrl": "https://post.example"})
        page = await sent(desk, fields, step="consent:local")
    assert 'content="0; url=https://post.example/oauth/start?state=' in page
    assert "<script>alert" not in page


async def test_a_mailbox_that_an_application_opens_itself(desk: Desk) -> None:
    application: Any = {
        "provider": "outlookService",
        "name": "Ours",
        "clientId": "c",
        "clientSecret": "s",
        "tenant": "contoso.example",
        "id": "ours",
    }
    await desk.apps.create(application)
    fields = await second_page(finding(desk))
    gone_to(await screen.go_on(desk, visit(form={**fields, "step": "service:ours"})))
    settings = await stored(desk, USER)
    assert (settings.imap, settings.oauth2.provider, settings.oauth2.who.user) == (None, "ours", USER)
    # One mailbox is one account.
    page = await sent(desk, {**fields, "account": "another"}, step="service:ours")
    assert "already exists" in page
