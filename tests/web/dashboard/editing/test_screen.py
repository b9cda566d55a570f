"""An account is changed: only what differs is stored, secrets stay until new ones are typed, no change is lost."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.accounts.settings.writing import document_of
from postroom.storage.sealing.secrets import SecretBox
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.editing import screen
from tests.accounts.bodies import PASSWORD, body, imap, oauth2_body
from tests.accounts.rows import column
from tests.fakes.imap_server import FakeImapServer
from tests.web.dashboard.adding.forms import fields_of
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit

EVERYTHING: dict[str, Any] = {
    "email": "anna@example.com",
    "imap": {
        **imap(),
        "sentMailPath": "Sent items",
        "resyncDelay": 600,
        "tls": {"rejectUnauthorized": False, "minVersion": "TLSv1.2"},
    },
    "smtp": {"host": "smtp.example.com", "port": 587, "secure": False, "auth": imap()["auth"]},
    "webhooks": "https://user:hidden-word@hook.example.com/x",
    "webhooksCustomHeaders": [{"key": "X-Key", "value": "hidden-too"}],
    "proxy": "socks5://p:hidden-three@proxy.example.com:1080",
    "path": ["INBOX", "\\Sent"],
    "metadata": {"team": "blue", "odd=name": "x", "lines": "one\ntwo"},
    "copy": False,
    "logs": True,
    "notifyFrom": "2026-01-31T00:00:00.000Z",
    "tz": "Europe/Tallinn",
    "imapIndexer": "fast",
}


@pytest.fixture
async def one(desk: Desk) -> Desk:
    """One account with every setting, whose id needs care in paths."""
    await desk.accounts.register("a/b", body(**EVERYTHING))
    return desk


async def form(desk: Desk, account: str = "a/b") -> dict[str, str]:
    """The fields of the page."""
    return fields_of(text_of(await screen.show(desk, visit(account=account))))


async def saved(desk: Desk, fields: dict[str, str], account: str = "a/b") -> Any:
    return await screen.go_on(desk, visit(form={"step": "save", **fields}, account=account))


async def document(desk: Desk, account: str = "a/b") -> Any:
    return document_of(await desk.accounts.preview(account, {}))


async def test_the_page_shows_what_is_stored_and_no_secret(one: Desk) -> None:
    page = text_of(await screen.show(one, visit(account="a/b")))
    fields = fields_of(page)
    assert (fields["imap.host"], fields["imap.port"], fields["imap.security"]) == ("imap.example.com", "993", "tls")
    assert (fields["smtp.security"], fields["smtp.auth.user"]) == ("starttls", "")
    assert (fields["metadata"], fields["path"], fields["copy"]) == ("team=blue", "INBOX\n\\Sent", "false")
    assert fields["webhooksCustomHeaders"] == "X-Key: ******"
    assert (fields["imap.tls.rejectUnauthorized"], fields["logs"]) == ("1", "1")
    assert not any(secret in page for secret in (PASSWORD, "hidden-word", "hidden-too", "hidden-three"))


async def test_saving_what_is_there_changes_nothing(one: Desk) -> None:
    before, metadata = await document(one), (await one.accounts.get("a/b")).metadata
    assert gone_to(await saved(one, await form(one))) == "/dashboard/accounts/a%2Fb"
    assert await document(one) == before
    assert (await one.accounts.get("a/b")).metadata == metadata
    assert await column(one.accounts.db, "a/b", "revision") == 1, "nothing needs a new connection"


async def test_spaces_that_a_form_loses_are_no_change(desk: Desk) -> None:
    await desk.accounts.register("s", body(imap=imap(user=" jo "), path=[" odd ", "INBOX"]))
    before = await document(desk, "s")
    fields = {name: text.strip() for name, text in (await form(desk, "s")).items()}
    gone_to(await saved(desk, fields, "s"))
    assert await document(desk, "s") == before


async def test_a_changed_field_leaves_the_others_and_the_secrets(one: Desk) -> None:
    before = await document(one)
    fields = await form(one) | {"name": "New Name", "imap.port": "1993", "metadata": "team=red\nmore=1", "tz": ""}
    gone_to(await saved(one, fields))
    after, view = await document(one), await one.accounts.get("a/b")
    assert after["imap"] == {**before["imap"], "port": 1993}
    assert "tz" not in after
    assert {**after, "imap": before["imap"], "tz": before["tz"]} == before
    assert view.row.name == "New Name"
    # Pairs that are no lines stay as they are.
    assert view.metadata == {"team": "red", "more": "1", "odd=name": "x", "lines": "one\ntwo"}


async def test_optional_fields_are_cleared(one: Desk) -> None:
    cleared = dict.fromkeys(
        ("webhooks", "webhooksCustomHeaders", "proxy", "path", "imap.sentMailPath", "imap.resyncDelay", "copy"), ""
    )
    fields = {**await form(one), **cleared, "imap.tls.minVersion": ""}
    for ticked in ("imap.tls.rejectUnauthorized", "logs"):
        del fields[ticked]
    gone_to(await saved(one, fields))
    after = await document(one)
    assert not {"webhooks", "webhooksCustomHeaders", "proxy", "path", "copy"} & after.keys()
    assert not {"sentMailPath", "resyncDelay", "tls"} & after["imap"].keys()
    assert not after.get("logs")
    assert after["imap"]["auth"]["pass"] == PASSWORD


async def test_a_new_password_is_for_both_while_both_have_the_same(one: Desk) -> None:
    gone_to(await saved(one, await form(one) | {"imap.auth.pass": "another"}))
    after = await document(one)
    assert (after["imap"]["auth"]["pass"], after["smtp"]["auth"]["pass"]) == ("another", "another")
    gone_to(await saved(one, await form(one) | {"smtp.auth.pass": "its own"}))
    gone_to(await saved(one, await form(one) | {"imap.auth.pass": "a third"}))
    after = await document(one)
    assert (after["imap"]["auth"]["pass"], after["smtp"]["auth"]["pass"]) == ("a third", "its own")


async def test_a_new_user_name_is_for_both(one: Desk) -> None:
    gone_to(await saved(one, await form(one) | {"imap.auth.user": "anna"}))
    after = await document(one)
    assert after["imap"]["auth"] == after["smtp"]["auth"] == {"user": "anna", "pass": PASSWORD}


async def test_servers_are_switched_off_and_taken_away(one: Desk) -> None:
    fields = await form(one)
    del fields["imap.used"], fields["smtp.used"]
    gone_to(await saved(one, fields | {"smtp.host": ""}))
    after = await document(one)
    assert (after["imap"]["disabled"], after["imap"]["auth"]["pass"], "smtp" in after) == (True, PASSWORD, False)
    fields = await form(one)
    assert "imap.used" not in fields
    gone_to(await saved(one, fields | {"imap.used": "1"}))
    assert "disabled" not in (await document(one))["imap"]


async def test_header_values_stay_behind_their_mask(one: Desk) -> None:
    gone_to(await saved(one, await form(one) | {"webhooksCustomHeaders": "X-Key: ******\nX-New: fresh"}))
    assert (await document(one))["webhooksCustomHeaders"] == [
        {"key": "X-Key", "value": "hidden-too"},
        {"key": "X-New", "value": "fresh"},
    ]
    page = text_of(await saved(one, await form(one) | {"webhooksCustomHeaders": "X-Other: ******"}))
    assert 'id="webhooksCustomHeaders-problem"' in page


async def test_every_problem_is_at_its_field(one: Desk) -> None:
    wrong = {"imap.port": "0", "email": "", "name": "", "imap.auth.user": "", "smtp.host": "a b", "tz": "Asia/Tokyo"}
    answer = await saved(one, await form(one) | wrong)
    page = text_of(answer)
    assert answer.status_code == 400
    for name in wrong.keys() - {"tz"}:
        assert f'id="{name}-problem"' in page, name
    assert fields_of(page)["tz"] == "Asia/Tokyo"


async def test_a_change_of_somebody_else_is_told_and_nothing_typed_is_lost(one: Desk) -> None:
    fields = await form(one) | {"name": "Mine", "imap.auth.pass": "typed-word"}
    await one.accounts.update("a/b", {"name": HOSTILE, "tz": "Asia/Tokyo"})
    page = text_of(await saved(one, fields))
    assert "Somebody else changed this account meanwhile" in page
    assert "Asia/Tokyo" in page
    assert "<script>alert" not in page
    assert "typed-word" not in page
    assert fields_of(page)["name"] == "Mine"
    assert (await one.accounts.get("a/b")).row.name == HOSTILE
    # To save once more is a decision.
    gone_to(await saved(one, fields_of(page)))
    assert (await one.accounts.get("a/b")).row.name == "Mine"
    assert (await document(one))["imap"]["auth"]["pass"] == "typed-word"


async def test_a_form_without_its_version_is_not_trusted(one: Desk) -> None:
    page = text_of(await saved(one, await form(one) | {"tag": "", "name": "Mine"}))
    assert "Somebody else changed" in page


async def test_changes_are_tried_without_being_stored(desk: Desk) -> None:
    async with FakeImapServer(password="new word") as server:
        block = {"host": server.host, "port": server.port, "secure": False, "tls": {"allowPlaintext": True}}
        await desk.accounts.register("a", body(imap={**block, "auth": {"user": "jo", "pass": "old word"}}))
        refused = text_of(await screen.go_on(desk, visit(form=await form(desk, "a") | {"step": "try"}, account="a")))
        assert "It does not work yet" in refused
        typed = await form(desk, "a") | {"step": "try", "imap.auth.pass": "new word"}
        page = text_of(await screen.go_on(desk, visit(form=typed, account="a")))
    assert "every server accepts the sign-in" in page
    assert (await document(desk, "a"))["imap"]["auth"]["pass"] == "old word"
    gone_to(await saved(desk, fields_of(page), "a"))
    assert (await document(desk, "a"))["imap"]["auth"]["pass"] == "new word"


async def test_tokens_stay_when_the_settings_of_an_oauth2_account_change(desk: Desk) -> None:
    await desk.apps.create({"provider": "gmail", "name": "G", "clientId": "c", "clientSecret": "s"})
    await desk.accounts.register("g", oauth2_body())
    fields = await form(desk, "g")
    assert (fields["oauth2.provider"], fields["imap.host"]) == ("gmail", "")
    gone_to(await saved(desk, fields | {"oauth2.auth.delegatedUser": "team@gmail.com"}, "g"))
    after = await document(desk, "g")
    assert after["oauth2"]["auth"] == {"user": "user@gmail.com", "delegatedUser": "team@gmail.com"}
    assert (after["oauth2"]["accessToken"], after["oauth2"]["refreshToken"]) == ("AAA", "RRR")
    assert "imap" not in after


async def test_lost_secrets_are_told_and_typed_again(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(one.accounts, "box", SecretBox(("another key",)))
    page = text_of(await screen.show(one, visit(account="a/b")))
    assert "The stored passwords are lost" in page
    gone_to(await saved(one, await form(one) | {"name": "Mine"}))
    assert "This is required." in text_of(await saved(one, await form(one) | {"imap.port": "1993"}))
    typed = {"imap.auth.pass": "new", "webhooks": "", "webhooksCustomHeaders": "", "proxy": ""}
    gone_to(await saved(one, await form(one) | typed))
    assert (await document(one))["smtp"]["auth"]["pass"] == "new"


async def test_an_unknown_account_is_not_found(desk: Desk) -> None:
    for page in screen.PAGES:
        with pytest.raises(AccountNotFound):
            await page.screen(desk, visit(form={}, account="nobody"))
