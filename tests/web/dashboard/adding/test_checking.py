"""A form is checked as the API checks a body, and all problems are found at once."""

from __future__ import annotations

from postroom.settings import Settings
from postroom.web.dashboard.adding.bodies import wanted
from postroom.web.dashboard.adding.checking import check_change, check_new, new_wanted
from postroom.web.dashboard.adding.fields import BLANK
from tests.accounts.bodies import PASSWORD, body
from tests.web.dashboard.adding.test_bodies import FORM

SETTINGS = Settings(_env_file=None)


def test_values_come_out_in_their_types() -> None:
    form = check_new(SETTINGS, wanted({**FORM, "logs": "1", "path": "INBOX"}, BLANK, {}))
    assert form.problems == ()
    assert (form.body["imap"]["port"], form.body["logs"], form.body["path"]) == (993, True, ["INBOX"])
    assert "account" not in form.body


def test_a_wrong_field_does_not_hide_what_is_missing() -> None:
    texts = {**FORM, "imap.port": "many", "imap.auth.pass": ""}
    found = check_new(SETTINGS, wanted(texts, BLANK, {})).problems
    assert {each.key for each in found} == {"imap.port", "imap.auth.pass"}


def test_an_address_takes_the_place_of_a_name() -> None:
    assert new_wanted({**FORM, "name": "", "email": "jo@example.com"})["name"] == "jo@example.com"
    assert new_wanted({**FORM, "email": "jo@example.com"})["name"] == "Jo"


def test_a_change_is_put_into_what_is_stored() -> None:
    stored = body()
    before = {**FORM, "imap.auth.user": "user@example.com", "imap.auth.pass": ""}
    form = check_change(SETTINGS, wanted({**before, "imap.port": "1993"}, before, stored), stored)
    assert form.problems == ()
    assert form.body == {"imap": {**stored["imap"], "port": 1993}}
    assert PASSWORD not in repr(form)
    wrong = check_change(SETTINGS, wanted({**before, "imap.port": "x", "name": ""}, before, stored), stored)
    assert {each.key for each in wrong.problems} == {"imap.port", "name"}
