"""Which gateway is called, and where its token goes."""

from __future__ import annotations

import pytest

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.target.choice import (
    DEFAULT_URL,
    GatewayTarget,
    NamedGateway,
    checked_token,
    checked_url,
    choose,
)
from postroom.cli.remote.target.profiles import GatewayProfile

HOME = GatewayProfile("https://home.example/", "home-token")
WORK = GatewayProfile("https://work.example", "work-token")
PROFILES = {"home": HOME, "work": WORK}


@pytest.mark.parametrize(
    ("named", "current", "expected"),
    [
        (NamedGateway(profile="work"), "home", GatewayTarget("https://work.example", "work-token")),
        (NamedGateway("https://x.example", "x", "work"), None, GatewayTarget("https://work.example", "work-token")),
        (NamedGateway("https://x.example/", " x\n"), "home", GatewayTarget("https://x.example", "x")),
        (NamedGateway(token="x"), "home", GatewayTarget("https://home.example", "x")),
        (NamedGateway(token="x"), None, GatewayTarget(DEFAULT_URL, "x")),
        (NamedGateway(), "home", GatewayTarget("https://home.example", "home-token")),
        (NamedGateway("https://home.example"), "home", GatewayTarget("https://home.example", "home-token")),
    ],
)
def test_the_first_that_says_something_is_called(
    named: NamedGateway, current: str | None, expected: GatewayTarget
) -> None:
    assert choose(named, PROFILES, current) == expected


@pytest.mark.parametrize(
    ("named", "current", "says"),
    [
        (NamedGateway(), None, "No gateway is named"),
        (NamedGateway(profile="none"), "home", "no profile 'none'"),
        # The token of a profile is for its own gateway.
        (NamedGateway("https://x.example"), "home", "no token for https://x.example"),
        (NamedGateway("https://x.example"), None, "no token for https://x.example"),
        (NamedGateway("gateway.example", "x"), None, "is not the address of a gateway"),
        (NamedGateway("https://ada:hidden@x.example", "x"), None, "must not have a user name"),
        (NamedGateway("https://x.example", "a\nb"), None, "characters that no token has"),
    ],
)
def test_what_is_missing_is_said(named: NamedGateway, current: str | None, says: str) -> None:
    with pytest.raises(CommandLineError, match=says) as raised:
        choose(named, PROFILES, current)
    assert raised.value.status == ExitStatus.USAGE
    assert "hidden" not in str(raised.value)


def test_no_token_is_shown_by_accident() -> None:
    assert "work-token" not in repr([WORK, GatewayTarget("u", "work-token"), NamedGateway("u", "work-token")])


def test_addresses_and_tokens_in_their_usual_form() -> None:
    assert checked_url(" http://127.0.0.1:3000/below/ ") == "http://127.0.0.1:3000/below"
    assert checked_token("a b\n") == "a b"
