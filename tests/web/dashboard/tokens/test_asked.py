"""The form of a token becomes the body that the API takes."""

from __future__ import annotations

from postroom.access.tokens import GROUPS
from postroom.schemas.checking.checked import checked
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.tokens import NewToken
from postroom.web.dashboard.tokens.asked import BOXES, asked_token, token_inputs


def test_everything_that_can_be_entered_is_valid() -> None:
    form = {
        "description": "d",
        "account": "a",
        "expires": "2099-01-01T10:00",
        "restrictions.addresses": "192.0.2.0/24\r\n::1",
        "restrictions.referrers": "*example*",
        "restrictions.rateLimit.maxRequests": "5",
        "restrictions.rateLimit.timeWindow": "60",
        "metadata": "{}",
    }
    ticked = {"scopes": ("api", "metrics"), "permissions.actions": ("read",), "permissions.groups": GROUPS[:2]}
    problems: list[FaultyField] = []
    body = checked(NewToken, asked_token(form, ticked), problems)
    assert problems == []
    assert body["restrictions"]["addresses"] == ["192.0.2.0/24", "::1"]
    assert body["restrictions"]["rateLimit"] == {"maxRequests": 5, "timeWindow": 60}
    assert body["permissions"] == {"actions": ["read"], "groups": list(GROUPS[:2])}
    assert body["expires"] == "2099-01-01T10:00:00.000Z"


def test_what_is_empty_is_left_out() -> None:
    assert asked_token({"description": "d", "account": "", "expires": ""}, {}) == {"description": "d"}


def test_every_field_of_the_api_has_its_place() -> None:
    names = {each.name.partition(".")[0] for inputs in token_inputs() for each in inputs}
    names |= {name.partition(".")[0] for name in BOXES}
    # The address of the person is taken from the request.
    assert names == set(NewToken.__annotations__) - {"ip"}


def test_what_was_entered_stays() -> None:
    first, _ = token_inputs({"description": "mine"})
    assert (first[0].value, first[0].required) == ("mine", True)
