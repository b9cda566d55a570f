"""The page of the form: open where there is something to see, and with what servers said."""

from __future__ import annotations

from postroom.connections.failures import Failure
from postroom.onboarding.verify import SignInReport
from postroom.web.dashboard.adding.entered import entered_of
from postroom.web.dashboard.adding.form_page import NEW, FormShown, form_page, typed_in
from postroom.web.dashboard.adding.problems import PlacedProblems
from postroom.web.dashboard.desk import Desk
from postroom.words.strangers import Words
from tests.web.dashboard.adding.forms import fields_of
from tests.web.dashboard.visits import HOSTILE, text_of, visit

MORE = {"action": "/x", "source": "", "stored": {}}


async def page(desk: Desk, form: dict[str, str], problems: PlacedProblems | None = None, *reports: SignInReport) -> str:
    shown = FormShown("account_new.html", NEW, entered_of(form, {}), problems or PlacedProblems(), reports, MORE)
    return text_of(await form_page(desk, visit(), shown))


async def test_what_is_closed_opens_for_values_and_problems(desk: Desk) -> None:
    assert (await page(desk, {})).count('class="disclose" open') == 0
    assert (await page(desk, {"tz": "x"})).count('class="disclose" open') == 1
    assert (await page(desk, {}, PlacedProblems({"imap.resyncDelay": "Wrong."}))).count('class="disclose" open') == 1


async def test_problems_are_listed_with_the_way_to_them(desk: Desk) -> None:
    text = await page(desk, {}, PlacedProblems({"imap.port": HOSTILE}, (HOSTILE,)))
    assert '<a href="#imap.port">IMAP port</a>' in text
    assert "<script>alert" not in text


async def test_a_failure_is_told_and_blames_its_field(desk: Desk) -> None:
    failure = Failure("authentication", "login", "EAUTH", Words(HOSTILE), "Do this.")
    text = await page(desk, {"imap.security": "tls"}, None, SignInReport("imap", "h", 1, failure))
    assert "Do this." in text
    assert "<script>alert" not in text
    assert 'id="imap.auth.pass-problem"' in text


async def test_a_removed_application_stays_chosen(desk: Desk) -> None:
    await desk.apps.create({"provider": "gmail", "name": "Google", "clientId": "c", "clientSecret": "s"})
    assert fields_of(await page(desk, {"oauth2.provider": "gone"}))["oauth2.provider"] == "gone"


async def test_typed_secrets_come_back_with_the_page(desk: Desk) -> None:
    fields = fields_of(await page(desk, {"imap.auth.pass": "hidden-word"}))
    assert fields["imap.auth.pass"] == ""
    assert typed_in(desk, visit(form=fields), NEW).texts["imap.auth.pass"] == "hidden-word"
    assert typed_in(desk, visit(form=fields), "edit:a").texts["imap.auth.pass"] == ""
