"""The form of an application over HTTP: registered, changed, and every problem at its field."""

from __future__ import annotations

import re

import pytest
from joserfc.jwk import RSAKey

from postroom.oauth2.providers import PROVIDERS
from postroom.oauth2.shapes import AppBody
from postroom.web.dashboard.oauth2.asked import app_inputs
from tests.fakes.waiting import eventually
from tests.web.dashboard.desk_site import DeskSite
from tests.web.dashboard.visits import HOSTILE

HERE = "/dashboard/oauth2"
GMAIL = {"name": "Gmail", "clientId": "an id", "clientSecret": "s3cret-word", "enabled": "1", "extraScopes": "a\r\nb"}


async def test_an_application_is_registered_and_its_secret_never_shown(desk: DeskSite) -> None:
    apps = desk.gateway.desk.apps
    async with desk.operator() as person:
        assert "Set <a" in (await person.open(f"{HERE}/new/gmail")).text
        await desk.gateway.desk.runtime.update({"serviceUrl": "https://postroom.example"})
        assert 'data-copy="https://postroom.example/oauth"' in (await person.open(f"{HERE}/new/gmail")).text
        assert (
            "oauth"
            not in (await person.open(f"{HERE}/new/gmailService"))
            .text.partition("<form")[0]
            .lower()
            .split("data-copy")[-1][:9]
        )
        done = await person.press(f"{HERE}/new/gmail", GMAIL)
        assert (done.status, done.location) == (303, f"{HERE}/gmail")
        app = await apps.get("gmail")
        assert (app.secrets, app.document["extraScopes"]) == ({"clientSecret": "s3cret-word"}, ["a", "b"])
        for path in (HERE, f"{HERE}/gmail", f"{HERE}/gmail/edit"):
            page = await person.open(path)
            assert (page.status, "s3cret-word" in page.text) == (200, False)


async def test_a_change_keeps_the_secret_and_clears_what_is_empty(desk: DeskSite) -> None:
    apps = desk.gateway.desk.apps
    async with desk.operator() as person:
        await person.press(f"{HERE}/new/gmail", {**GMAIL, "description": "a note"})
        form = {"name": "Gmail of sales", "clientId": "an id", "clientSecret": ""}
        assert (await person.press(f"{HERE}/gmail/edit", form)).status == 303
        app = await apps.get("gmail")
        assert app.secrets == {"clientSecret": "s3cret-word"}
        assert (app.document["name"], "description" in app.document, "extraScopes" in app.document) == (
            "Gmail of sales",
            False,
            False,
        )
        await person.press(f"{HERE}/gmail/edit", {**form, "clientSecret": "another"})
        assert (await apps.get("gmail")).secrets == {"clientSecret": "another"}


@pytest.mark.parametrize("kind", PROVIDERS)
async def test_a_form_that_is_sent_back_as_it_is_changes_nothing(desk: DeskSite, kind: str) -> None:
    apps = desk.gateway.desk.apps
    app = await apps.create(example_app(kind))
    before = await apps.get(app)
    first, further = app_inputs(kind, before, None)
    form = {each.name: each.value for each in (*first, *further)}
    async with desk.operator() as person:
        done = await person.press(f"{HERE}/{app}/edit", form)
        assert done.status == 303, re.findall(r'class="problem"[^>]*>([^<]*)', done.text)
    after = await apps.get(app)
    usual = {"cloud": "global", "enabled": False}
    assert {**usual, **after.document} == {**usual, **before.document}
    assert after.secrets == before.secrets


def example_app(kind: str) -> AppBody:
    """An application with everything that its provider needs."""
    key = RSAKey.generate_key(2048).as_pem(private=True).decode()
    needs: dict[str, AppBody] = {
        "gmailService": {"serviceClient": "1", "serviceClientEmail": "robot@x.example", "serviceKey": key},
        "outlookService": {"clientId": "x", "clientSecret": "y", "tenant": "contoso.example"},
        "oidc": {
            "clientId": "x",
            "discoveryUrl": "https://id.example",
            "imap": {"host": "imap.example", "port": 993, "secure": True},
            "smtp": {"host": "smtp.example", "port": 587},
        },
    }
    return {"name": "N", "provider": kind, **needs.get(kind, {"clientId": "x", "clientSecret": "y"})}


async def test_every_problem_stands_at_its_field_and_nothing_is_lost(desk: DeskSite) -> None:
    async with desk.operator() as person:
        form = {
            "name": HOSTILE,
            "clientId": "",
            "clientSecret": "typed",
            "discoveryUrl": "ftp://x",
            "imap.port": "many",
        }
        page = await person.press(f"{HERE}/new/oidc", form)
        assert page.status == 400
        for name in ("clientId", "discoveryUrl", "imap-host", "imap-port"):
            assert f'id="in-{name}-problem"' in page.text, name
        assert "ftp://x" in page.text
        assert HOSTILE not in page.text
        assert "typed" not in page.text
        assert "not stored yet; enter it once more" in page.text
        masked = await person.press(f"{HERE}/new/gmail", {**GMAIL, "clientSecret": "******"})
        assert re.search(r'id="in-clientSecret-problem">[^<]*placeholder', masked.text)
        await person.press(f"{HERE}/new/gmail", GMAIL)
        taken = await person.press(f"{HERE}/new/gmail", {**GMAIL, "id": "gmail"})
        assert re.search(r'id="in-id-problem">This id is taken', taken.text)
        cleared = await person.press(f"{HERE}/gmail/edit", {"name": "Gmail", "clientId": ""})
        assert re.search(r'id="in-clientId-problem">[^<]*is required', cleared.text)
        assert (await person.open(f"{HERE}/new/nobody")).status == 404
        assert (await person.open(f"{HERE}/none/edit")).status == 404


async def test_a_server_of_another_provider_is_stored(desk: DeskSite) -> None:
    form = {"name": "Own", "clientId": "x", "discoveryUrl": "https://id.example", "imap.host": "imap.example"}
    async with desk.operator() as person:
        done = await person.press(f"{HERE}/new/oidc", {**form, "imap.port": "993", "imap.secure": "true"})
        assert done.status == 303
        # An application may have a name that is a path here.
        await person.press(f"{HERE}/new/gmail", {**GMAIL, "id": "new"})
        assert (await person.open(f"{HERE}/new")).status == 200
        assert "Edit Gmail" in (await person.open(f"{HERE}/new/edit")).text
    app = await desk.gateway.desk.apps.get("oidc")
    assert app.document["imap"] == {"host": "imap.example", "port": 993, "secure": True}


async def test_two_people_who_edit_an_application_do_not_undo_each_other(desk: DeskSite) -> None:
    apps = desk.gateway.desk.apps
    async with desk.operator() as person:
        await person.press(f"{HERE}/new/gmail", GMAIL)
        page = await person.open(f"{HERE}/gmail/edit")
        seen = re.findall(r'name="seen" value="(\d+)"', page.text)
        app = await apps.get("gmail")
        await eventually(lambda: desk.gateway.desk.apps.clock() > app.updated_at)
        await apps.update("gmail", {"name": "Of the other", "description": "a note"})
        form = {**GMAIL, "name": HOSTILE, "clientSecret": "a-new-secret"}
        refused = await person.press(f"{HERE}/gmail/edit", {**form, "seen": seen[0]})
        assert refused.status == 409
        assert "<dt>Name</dt><dd>Of the other</dd>" in refused.text
        assert "<dt>Description</dt><dd>a note</dd>" in refused.text
        assert "<dt>Extra scopes</dt>" not in refused.text, "line ends of a browser are no difference"
        assert "not stored yet; enter it once more" in refused.text
        assert "a-new-secret" not in refused.text
        assert HOSTILE not in refused.text
        assert (await apps.get("gmail")).document["name"] == "Of the other"
        seen = re.findall(r'name="seen" value="(\d+)"', refused.text)
        assert (await person.press(f"{HERE}/gmail/edit", {**form, "seen": seen[0]})).status == 303
    assert (await apps.get("gmail")).secrets == {"clientSecret": "a-new-secret"}
