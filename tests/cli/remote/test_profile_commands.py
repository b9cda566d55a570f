"""`postroom profile`."""

from __future__ import annotations

import pytest

from tests.cli.remote.commands import CommandLine


def add(stranger: CommandLine, name: str, url: str, *more: str, token: bytes = b"hidden-token") -> int:
    return stranger.call("profile", "add", name, url, "--token-file", "-", *more, stdin=token).status


def names(stranger: CommandLine) -> dict[str, bool]:
    return {each["name"]: each["inUse"] for each in stranger.call("profile", "list", "--json").objects}


def test_profiles_are_added_used_and_removed(stranger: CommandLine) -> None:
    assert stranger.call("profile", "list").status == 0
    assert add(stranger, "work", "https://work.example/") == 0
    assert add(stranger, "home", "https://home.example") == 0
    assert names(stranger) == {"home": False, "work": True}
    assert stranger.call("profile", "use", "home").status == 0
    assert names(stranger) == {"home": True, "work": False}
    assert add(stranger, "third", "https://third.example", "--use") == 0
    assert names(stranger)["third"]
    assert stranger.call("profile", "remove", "third").status == 0
    assert names(stranger) == {"home": False, "work": False}


def test_no_token_is_shown(stranger: CommandLine) -> None:
    add(stranger, "work", "https://work.example/")
    for shown in (stranger.call("profile", "list"), stranger.call("profile", "list", "--json")):
        assert "https://work.example" in shown.out
        assert "hidden-token" not in shown.out + shown.err


@pytest.mark.parametrize(
    ("name", "url", "token"),
    [
        ("a b", "https://work.example", b"token"),
        ("work", "work.example", b"token"),
        ("work", "https://work.example", b""),
        ("work", "https://work.example", b"two\nlines"),
    ],
)
def test_what_cannot_be_used_is_not_added(stranger: CommandLine, name: str, url: str, token: bytes) -> None:
    assert add(stranger, name, url, token=token) == 2
    assert names(stranger) == {}


def test_a_profile_that_is_not_there(stranger: CommandLine) -> None:
    for command in ("use", "remove"):
        done = stranger.call("profile", command, "gone")
        assert (done.status, "no profile 'gone'" in done.err) == (3, True)
