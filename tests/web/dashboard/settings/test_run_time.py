"""The forms of settings: each has its value and says whether it is the default; a form changes what it says."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.configuration.keys import KEYS, Header, Snapshot, snapshot
from postroom.schemas.checking.checked import checked
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.settings import SettingsChange
from postroom.web.dashboard.inputs.made import FormInput, InputKind
from postroom.web.dashboard.settings.run_time import GROUPS, change_of, groups_shown

DEFAULTS = Snapshot("")
STORED: dict[str, Any] = {
    "serviceSecret": "hunter2",
    "webhooks": "https://user:hunter2@one.example/hook",
    "webhooksCustomHeaders": [{"key": "X-Key", "value": "hunter2"}],
    "webhookEvents": ["messageNew", "messageSent"],
    "notifyText": False,
    "logs": {"all": True, "maxLogLines": 5},
}
HEADERS = (Header("X-Key", "hunter2"),)


def shown(stored: dict[str, Any]) -> dict[str, FormInput]:
    groups = groups_shown(snapshot({"serviceSecret": "", **stored}), DEFAULTS, frozenset(stored))
    return {each.name: each for group in groups for each in group.inputs}


def changed(stored: dict[str, Any], **entered: str) -> Any:
    """The change of a form that was shown with these settings, and in which this was entered."""
    inputs = shown(stored)
    form = {name: each.value for name, each in inputs.items()} | {
        f"was.{name}": each.value for name, each in inputs.items()
    }
    return change_of(
        list(inputs.values()), form | {name.replace("__", "."): text for name, text in entered.items()}, HEADERS
    )


def test_every_setting_stands_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(KEYS)


def test_defaults_are_named_and_secrets_are_masked() -> None:
    found = shown(STORED)
    assert "hunter2" not in str(found)
    assert found["webhooks"].value == "https://******:******@one.example/hook"
    assert found["webhooksCustomHeaders"].value == "X-Key: ******"
    assert (found["serviceSecret"].kind, found["serviceSecret"].value) == (InputKind.SECRET, "")
    assert (found["notifyText"].value, found["notifyText"].aside) == ("false", "set here")
    assert (found["inboxNewOnly"].value, found["inboxNewOnly"].aside) == ("", "default")
    assert found["inboxNewOnly"].options[0] == ("", "Default (No)")
    assert (found["logs.all"].value, found["logs.maxLogLines"].value) == ("true", "5")
    assert found["notifyTextSize"].hint == "The most bytes of text in `messageNew`"


def test_a_form_that_nobody_changed_changes_nothing() -> None:
    assert changed(STORED) == {}
    assert changed({}) == {}


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ({"notifyText": "true"}, {"notifyText": "true"}),
        ({"notifyText": ""}, {"notifyText": None}),
        ({"webhookEvents": "messageNew\r\n"}, {"webhookEvents": ["messageNew"]}),
        ({"webhookEvents": ""}, {"webhookEvents": None}),
        ({"logs__maxLogLines": "7"}, {"logs": {"all": "true", "maxLogLines": "7"}}),
        ({"logs__all": "", "logs__maxLogLines": ""}, {"logs": None}),
        ({"serviceSecret": "another"}, {"serviceSecret": "another"}),
        ({"newServiceSecret": "1"}, {"serviceSecret": None}),
        (
            {"webhooksCustomHeaders": "X-Key: ******\r\nX-Team: a: b"},
            {"webhooksCustomHeaders": [{"key": "X-Key", "value": "hunter2"}, {"key": "X-Team", "value": "a: b"}]},
        ),
    ],
)
def test_a_form_changes_what_was_entered_and_nothing_else(entered: dict[str, str], expected: dict[str, Any]) -> None:
    found = changed(STORED, **entered)
    assert found == expected
    problems: list[FaultyField] = []
    checked(SettingsChange, found, problems)
    assert problems == []


def test_what_another_person_changed_meanwhile_stays() -> None:
    inputs = list(shown({**STORED, "notifyTextSize": 99}).values())
    assert change_of(inputs, {"was.notifyTextSize": "5", "notifyTextSize": "5"}, HEADERS) == {}
