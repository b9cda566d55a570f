"""Run-time settings between their stored values, their typed form and what the API shows."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.configuration.keys import KEYS, SEALED, Header, Snapshot, find_masked, masked_problems, shown, snapshot
from postroom.errors import Permanent
from postroom.words.masking import MASK

SECRET = "hunter2"
STORED: dict[str, Any] = {
    "serviceSecret": SECRET,
    "webhooks": f"https://user:{SECRET}@one.example/hook",
    "authServer": f"https://{SECRET}@two.example/",
    "webhookEvents": ["messageNew"],
    "webhooksCustomHeaders": [{"key": "X-Key", "value": SECRET}, {"key": "X-Empty"}],
    "notifyTextSize": 10,
    "gone": "a setting that an older version had",
}


def test_stored_values_become_typed_ones() -> None:
    found = snapshot(STORED)
    assert found.webhook_events == ("messageNew",)
    assert found.webhooks_custom_headers == (Header("X-Key", SECRET), Header("X-Empty", ""))
    assert (found.notify_text_size, found.notify_text) == (10, True)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("stored", "tells"),
    [
        ({}, True),
        ({"webhookEvents": ["messageNew", "messageDeleted"]}, False),
        ({"webhookEvents": ["messageNew", "messageMoved"]}, True),
        ({"webhookEvents": ["messageNew"], "movedMessages": "messageMoved"}, True),
        ({"webhookEvents": ["*"], "movedMessages": "deletedAndNew"}, False),
    ],
)
def test_a_list_of_events_without_moves_gets_pairs(stored: dict[str, Any], tells: bool) -> None:
    assert snapshot({"serviceSecret": SECRET, **stored}).tells_moves is tells


def test_nothing_that_is_shown_holds_a_secret() -> None:
    answer = shown(snapshot(STORED))
    assert answer.keys() == KEYS.keys()
    assert SECRET not in repr(answer)
    assert answer["serviceSecret"] is True
    assert answer["webhooks"] == f"https://{MASK}:{MASK}@one.example/hook"
    assert answer["authServer"] == f"https://{MASK}@two.example/"
    assert answer["webhooksCustomHeaders"] == [{"key": "X-Key", "value": MASK}, {"key": "X-Empty", "value": ""}]
    assert answer["webhookEvents"] == ["messageNew"]


@pytest.mark.parametrize(
    ("changes", "masked"),
    [
        ({"webhooks": f"https://{MASK}@one.example"}, ["webhooks"]),
        ({"webhooks": f"https://user:{MASK}@one.example"}, ["webhooks"]),
        ({"webhooks": f"https://one.example/{MASK}"}, []),
        ({"webhooks": None, "webhooksCustomHeaders": None}, []),
        ({"webhooksCustomHeaders": [{"key": "X", "value": MASK}]}, ["webhooksCustomHeaders"]),
        ({"serviceSecret": "***", "authServer": f"http://{MASK}@x"}, ["authServer", "serviceSecret"]),
        ({"serviceSecret": "*a*"}, []),
        ({"pageBrandName": MASK}, []),
    ],
)
def test_a_placeholder_in_place_of_a_secret_is_found(changes: dict[str, Any], masked: list[str]) -> None:
    assert find_masked(changes) == masked


def test_what_cannot_be_opened_is_raised_when_it_is_needed() -> None:
    lost = Permanent("lost")
    settings = snapshot({"serviceSecret": SECRET}, {"webhooks": lost})
    assert settings.demand("serviceSecret", "authServer") is settings
    with pytest.raises(Permanent) as caught:
        settings.demand("serviceSecret", "webhooks")
    assert caught.value is lost
    assert settings.posts_everything


def test_without_a_url_nothing_is_posted() -> None:
    assert not Snapshot(SECRET).posts_everything
    assert Snapshot(SECRET, webhooks="https://one.example").posts_everything


def test_what_may_hold_a_secret_is_sealed() -> None:
    assert {"webhooks", "webhooksCustomHeaders", "serviceSecret", "authServer"} == SEALED


def test_a_mask_that_is_sent_back_is_a_problem_in_words() -> None:
    (problem,) = masked_problems({"webhooks": f"https://{MASK}@x.example/", "notifyText": True})
    assert problem[0] == "webhooks"
    assert MASK in problem[1]
