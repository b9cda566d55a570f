"""What refused questions mean: by their codes and words, how long to wait, and when waiting is of no use."""

from __future__ import annotations

import pytest

from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ResponseCode
from postroom.sync.refusals import BACK_OFF, may_be_the_message, pause, wants_pause


def refused(status: str, text: str, code: str | None = None) -> CommandFailed:
    return CommandFailed(status, ResponseCode(code) if code else None, text, "UID FETCH")


def test_which_refusals_may_be_the_fault_of_one_message() -> None:
    assert may_be_the_message(refused("NO", "cannot read it", "SERVERBUG"))
    assert may_be_the_message(refused("BAD", "internal error"))
    assert not may_be_the_message(refused("BYE", "good-bye"))
    assert not may_be_the_message(refused("NO", "later", "THROTTLED"))
    assert not may_be_the_message(refused("BAD", "Request is throttled. Suggested Backoff Time: 1 milliseconds"))


@pytest.mark.parametrize("code", ["THROTTLED", "LIMIT", "INUSE", "EXPUNGEISSUED"])
def test_what_passes_is_waited_for(code: str) -> None:
    refusal = refused("NO", "later", code)
    assert wants_pause(refusal)
    assert [pause(refusal, tries) for tries in range(5)] == [*BACK_OFF, None]


def test_a_servers_own_wish_is_heeded_unless_it_is_too_long_to_hold_a_connection_for() -> None:
    words = "Request is throttled. Suggested Backoff Time: {} milliseconds"
    assert pause(refused("NO", words.format(3500)), 0) == 3.5
    assert pause(refused("NO", words.format(300_000)), 0) is None


@pytest.mark.parametrize("refusal", [refused("BYE", "throttled", "THROTTLED"), refused("NO", "no", "OVERQUOTA")])
def test_what_does_not_pass_soon_is_not_waited_for(refusal: CommandFailed) -> None:
    assert pause(refusal, 0) is None
