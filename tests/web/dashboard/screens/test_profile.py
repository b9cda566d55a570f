"""The profile over HTTP: password, authenticator app, sessions; a stolen session alone changes nothing."""

from __future__ import annotations

import re

import argon2
import pyotp
import pytest

from postroom.access.admins import passwords
from postroom.access.admins.model import Browser
from postroom.web.dashboard.desk import DeskPage
from postroom.web.dashboard.forms import form_token
from postroom.web.dashboard.screens.profile import PAGES
from tests.web.dashboard.desk_site import PASSWORD, SESSION, DeskSite

HERE = "/dashboard/profile"
APP = f"{HERE}/authenticator"
OTHER = "quite another sentence"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes a millisecond instead of fifty."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


@pytest.fixture
async def ready(desk: DeskSite) -> DeskSite:
    """A dashboard that has a password."""
    await desk.gateway.desk.admins.adopt(PASSWORD)
    return desk


async def test_a_new_password_replaces_this_session_and_ends_the_others(ready: DeskSite) -> None:
    async with ready.operator() as person, ready.operator() as other:
        before = person.cookies[SESSION]
        form = {"password": PASSWORD, "new": OTHER, "again": OTHER}
        done = await person.press(f"{HERE}/password", form)
        assert (done.status, done.location) == (303, HERE)
        assert person.cookies[SESSION] != before
        shown = await person.open(HERE)
        assert "All other sessions have ended" in shown.text
        assert "All other sessions have ended" not in (await person.open(HERE)).text
        assert (await other.open(HERE)).status == 303
        # The old cookie of this very browser is worth nothing.
        assert (await other.open(HERE, cookie=f"{SESSION}={before}")).status == 303


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"password": "wrong", "new": OTHER, "again": OTHER}, 403, "The password is wrong."),
        ({"password": PASSWORD, "new": OTHER, "again": "x"}, 400, "not the same"),
        ({"password": PASSWORD, "new": "short", "again": "short"}, 400, "at least 12"),
        ({}, 400, "at least 12"),
    ],
)
async def test_a_new_password_that_is_refused(ready: DeskSite, form: dict[str, str], status: int, words: str) -> None:
    async with ready.operator() as person:
        answer = await person.press(f"{HERE}/password", form)
        assert (answer.status, words in answer.text) == (status, True)
        assert OTHER not in answer.text
        assert (await person.open(HERE)).status == 200


async def test_with_a_stolen_session_the_password_cannot_be_guessed(ready: DeskSite) -> None:
    async with ready.operator() as thief:
        form = {"password": "a guess", "new": OTHER, "again": OTHER}
        statuses = [(await thief.press(f"{HERE}/password", form)).status for _ in range(6)]
    assert statuses == [403] * 5 + [429]


async def test_an_app_is_set_up_used_and_removed(ready: DeskSite) -> None:
    async with ready.operator() as person:
        page = await person.open(APP)
        key = re.search(r'data-copy="([A-Z2-7 ]+)"', page.text)
        sealed = re.search(r'name="sealed" value="([^"]+)"', page.text)
        assert key is not None
        assert sealed is not None
        app = pyotp.TOTP(key[1].replace(" ", ""))
        assert re.search(r'<svg class="qr" role="img"[^>]*><title>QR code with the key', page.text)
        form = {"sealed": sealed[1], "password": PASSWORD, "code": "000000"}
        wrong = await person.press(APP, form)
        assert (wrong.status, key[1] in wrong.text) == (403, True)
        now = ready.gateway.desk.admins._clock() // 1000
        done = await person.press(APP, {**form, "code": app.at(now)})
        codes = re.findall(r"<li><code>([A-Z0-9-]+)</code>", done.text)
        assert (done.status, len(codes)) == (200, 10)
        assert done.headers["cache-control"] == "no-store"
        assert "10 recovery codes are left" in (await person.open(HERE)).text
        again = await person.press(f"{APP}/codes", {"password": PASSWORD, "code": codes[0]})
        new = re.findall(r"<li><code>([A-Z0-9-]+)</code>", again.text)
        assert len(new) == 10
        assert (await person.press(f"{APP}/remove", {"password": PASSWORD, "code": codes[1]})).status == 403
        gone = await person.press(f"{APP}/remove", {"password": PASSWORD, "code": new[0]})
        assert gone.status == 303
        assert not (await ready.gateway.desk.admins.standing()).has_authenticator


async def test_a_page_of_another_session_sets_up_no_app(ready: DeskSite) -> None:
    async with ready.operator() as person, ready.operator() as other:
        sealed = re.search(r'name="sealed" value="([^"]+)"', (await other.open(APP)).text)
        assert sealed is not None
        answer = await person.press(APP, {"sealed": sealed[1], "password": PASSWORD, "code": "000000"})
        assert (answer.status, "This page is too old" in answer.text) == (409, True)


async def test_sessions_are_listed_and_ended(ready: DeskSite) -> None:
    agent = "<script>alert(1)</script>"
    await ready.gateway.desk.sessions.open("<b>jo</b>", "password", Browser("192.0.2.1", agent))
    async with ready.operator() as person, ready.operator() as other:
        text = (await person.open(HERE)).text
        assert "192.0.2.1" in text
        assert agent not in text
        assert "<b>jo</b>" not in text
        ids = re.findall(r'name="session" value="(\w+)"', text)
        assert len(ids) == 2
        for id_ in ids:
            assert (await person.press(f"{HERE}/sessions/end", {"session": id_})).status == 303
        assert (await other.open(HERE)).status == 303
        assert (await person.open(HERE)).status == 200


async def test_all_other_sessions_are_ended(ready: DeskSite) -> None:
    async with ready.operator() as person, ready.operator() as other:
        assert (await person.press(f"{HERE}/sessions/end-others")).status == 303
        assert "1 other session was ended" in (await person.open(HERE)).text
        assert (await other.open(HERE)).status == 303


async def test_signing_out_ends_the_session_on_the_server(ready: DeskSite) -> None:
    async with ready.operator() as person:
        cookie = person.cookies[SESSION]
        answer = await person.press("/dashboard/sign-out")
        assert (answer.status, answer.location) == (303, "/dashboard/sign-in")
        assert SESSION not in person.cookies
        assert (await person.open(HERE, cookie=f"{SESSION}={cookie}")).status == 303


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST"], ids=lambda page: page.path)
async def test_no_form_is_accepted_from_another_site_or_without_its_token(ready: DeskSite, page: DeskPage) -> None:
    path = page.path
    async with ready.operator() as person, ready.operator() as other:
        form = {"password": PASSWORD, "new": OTHER, "again": OTHER}
        assert (await person.send(path, form)).status == 403
        assert (await person.press(path, form, origin="https://evil.example")).status == 403
        assert (await person.press(path, form, **{"sec-fetch-site": "same-site"})).status == 403
        assert (await person.ask("POST", path, json=form)).status == 403
        stolen = form_token(other.cookies[SESSION])
        assert (await person.press(path, {**form, "form_token": stolen})).status == 403
        assert (await person.open(HERE)).status == 200
    await ready.gateway.desk.admins.sign_in(PASSWORD, "", Browser(device="test"))
