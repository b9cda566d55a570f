"""The page of the sign-in over HTTP, with the eye of an attacker."""

from __future__ import annotations

import re

import argon2
import pyotp
import pytest

from postroom.access.admins import passwords
from postroom.access.admins.model import Browser
from tests.web.dashboard.desk_site import PASSWORD, SESSION, DeskAnswer, DeskSite, Operator, open_desk

PAGE = "/dashboard/sign-in"


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


def hidden(answer: DeskAnswer) -> dict[str, str]:
    """The hidden fields of a form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text))


async def sign_in(person: Operator, password: str = PASSWORD, to: str = "/", **more: str) -> DeskAnswer:
    """Open the page and send its form."""
    page = await person.open(f"{PAGE}?to={to}")
    return await person.send(PAGE, {**hidden(page), "password": password, **more})


async def test_the_first_visit_sets_the_password(desk: DeskSite) -> None:
    code = await desk.gateway.desk.admins.first_code() or ""
    async with desk.stranger() as person:
        page = await person.open(PAGE)
        assert "Set the password" in page.text
        form = {**hidden(page), "password": PASSWORD, "again": PASSWORD, "code": "AAAA"}
        wrong = await person.send(PAGE, form)
        assert (wrong.status, "The code is wrong" in wrong.text) == (403, True)
        assert PASSWORD not in wrong.text
        differs = await person.send(PAGE, {**form, "code": code, "again": "x"})
        assert (differs.status, "not the same" in differs.text) == (400, True)
        done = await person.send(PAGE, {**form, "code": code})
        assert (done.status, done.location) == (303, "/")
        assert (await person.open("/dashboard/profile")).status == 200
    async with desk.stranger() as other:
        page = await other.open(PAGE)
        assert "Set the password" not in page.text
        # The code is used up, and the form of the first visit is no way around the password.
        again = {**hidden(page), "code": code, "password": "another long sentence", "again": "another long sentence"}
        assert (await other.send(PAGE, again)).status == 403


async def test_signing_in_opens_a_fresh_session_whatever_the_browser_sent(ready: DeskSite) -> None:
    planted = "p" * 43
    async with Operator(ready.base, planted) as person:
        assert (await person.open("/dashboard/profile")).status == 303
        done = await sign_in(person, to="/dashboard/profile")
        assert (done.status, done.location) == (303, "/dashboard/profile")
        assert person.cookies[SESSION] != planted
        assert (await person.open("/dashboard/profile")).status == 200
    async with Operator(ready.base, planted) as attacker:
        assert (await attacker.open("/dashboard/profile")).status == 303


async def test_a_wrong_password_says_so_and_does_not_show_it(ready: DeskSite) -> None:
    async with ready.stranger() as person:
        answer = await sign_in(person, "a guessed <password>")
        assert (answer.status, "The password is wrong." in answer.text) == (403, True)
        assert "guessed" not in answer.text
        assert SESSION not in person.cookies


async def test_guessing_must_wait_also_over_another_node(ready: DeskSite) -> None:
    async with ready.stranger() as person:
        for _ in range(5):
            assert (await sign_in(person, "a guess that is wrong")).status == 403
        answer = await sign_in(person)
        assert (answer.status, answer.headers["retry-after"]) == (429, "1")
        assert "Wait 1 s" in answer.text
    # Another process of the same installation knows it from the database.
    with pytest.raises(Exception, match="Wait"):
        await ready.gateway.desk.admins.sign_in(PASSWORD, "", Browser("127.0.0.1"))


async def test_the_operators_own_browser_is_not_kept_out_by_strangers_at_its_address(ready: DeskSite) -> None:
    async with ready.stranger() as operator, ready.stranger() as attacker:
        assert (await sign_in(operator)).status == 303
        await operator.press("/dashboard/sign-out")
        for _ in range(6):
            await sign_in(attacker, "a guess that is wrong")
        assert (await sign_in(attacker)).status == 429
        assert (await sign_in(operator)).status == 303


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\\\evil.example", "/x%0d%0aset-cookie:a=b"]
)
async def test_nobody_is_sent_to_another_site(ready: DeskSite, to: str) -> None:
    async with ready.stranger() as person:
        page = await person.open(f"{PAGE}?to={to}")
        assert hidden(page)["to"] == "/"
        done = await person.send(PAGE, {**hidden(page), "to": to, "password": PASSWORD})
        assert (done.status, done.location) == (303, "/")
        assert (await person.open(f"{PAGE}?to={to}")).location == "/"


async def test_only_a_browser_that_saw_the_form_can_send_it(ready: DeskSite) -> None:
    async with ready.stranger() as person, ready.stranger() as attacker:
        form = {**hidden(await person.open(PAGE)), "password": PASSWORD}
        assert (await attacker.send(PAGE, form)).status == 403
        await attacker.open(PAGE)
        assert (await attacker.send(PAGE, form)).status == 403
        assert (await person.send(PAGE, form, origin="https://evil.example")).status == 403
        assert (await person.send(PAGE, form, **{"sec-fetch-site": "cross-site"})).status == 403
        assert (await person.ask("POST", PAGE, json=form)).status == 403
        assert SESSION not in person.cookies
        assert (await person.send(PAGE, form)).status == 303


async def test_the_form_asks_for_a_code_and_takes_each_once(ready: DeskSite) -> None:
    admins = ready.gateway.desk.admins
    opened = await admins.sign_in(PASSWORD, "", Browser())
    authenticator = ready.gateway.desk.authenticator
    enrolment = authenticator.enrol(opened.session)
    app = pyotp.TOTP(enrolment.secret)
    now = admins._clock() // 1000
    recovery = await authenticator.confirm(opened.session, enrolment, PASSWORD, app.at(now - 30), Browser())
    async with ready.stranger() as person, ready.stranger() as other:
        assert 'autocomplete="one-time-code"' in (await person.open(PAGE)).text
        assert (await sign_in(person)).status == 403
        assert (await sign_in(person, code=app.at(now))).status == 303
        assert (await sign_in(other, code=app.at(now))).status == 403
        assert (await sign_in(other, code=recovery[0])).status == 303


async def test_a_signed_in_browser_goes_on(ready: DeskSite) -> None:
    async with ready.operator() as person:
        answer = await person.open(f"{PAGE}?to=/dashboard/profile")
        assert (answer.status, answer.location) == (303, "/dashboard/profile")


async def test_behind_a_proxy_with_tls_the_cookies_are_secure(ready: DeskSite) -> None:
    async with ready.stranger() as person:
        page = await person.open(PAGE)
        host = ready.base.removeprefix("http://")
        done = await person.send(PAGE, {**hidden(page), "password": PASSWORD}, origin=f"https://{host}")
        lines = done.headers.getall("set-cookie")
        assert done.status == 303
        assert any(line.startswith("__Host-postroom_session=") and "Secure" in line for line in lines)


async def test_the_password_of_the_settings_signs_in(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("desk")
    async with open_desk(sqlite_url, folder, admin_password=PASSWORD) as desk, desk.stranger() as person:
        await desk.gateway.desk.admins.adopt(PASSWORD)
        assert (await sign_in(person)).status == 303
        page = await person.open("/dashboard/profile")
        assert "POSTROOM_ADMIN_PASSWORD" in page.text
        form = {"password": PASSWORD, "new": "quite another sentence", "again": "quite another sentence"}
        assert (await person.press("/dashboard/profile/password", form)).status == 409
