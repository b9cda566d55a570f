"""The lines of a session: who says what when, without its secrets, and not more of them than is good."""

from __future__ import annotations

import pytest

from postroom.connections.transcripts.script import LONGEST, MOST_A_SECOND, Script
from postroom.connections.transcripts.tap import NO_TAP, SpokenLine, Tap
from postroom.words.strangers import WITHHELD, Secrets
from tests.fakes.strangers import NASTY, UNFIT, writings

SECRET = "s3cr3t-p@ssw0rd-and-more"


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def script(kept: list[SpokenLine], clock: Clock | None = None) -> Script:
    return Script(Tap("a1", True, kept.append), "imap", Secrets.of(SECRET), clock or Clock())


def test_lines_say_who_said_what_when() -> None:
    kept: list[SpokenLine] = []
    session = script(kept)
    session.note("connected")
    session.received("* OK ready")
    session.sent("a1 NOOP")
    assert [(line.kind, line.text) for line in kept] == [
        ("note", "connected"),
        ("received", "* OK ready"),
        ("sent", "a1 NOOP"),
    ]
    assert {(line.account, line.at, line.protocol) for line in kept} == {("a1", 1_000_000, "imap")}
    assert len({line.session for line in kept}) == 1


@pytest.mark.parametrize("name", list(writings("x")))
@pytest.mark.parametrize("say", [Script.sent, Script.received, Script.note])
def test_a_line_that_repeats_the_secret_is_withheld(name: str, say: object) -> None:
    kept: list[SpokenLine] = []
    session = script(kept)
    said = f"a1 BAD cannot read {writings(SECRET)[name]}"
    assert callable(say)
    say(session, said)
    assert [line.text for line in kept] == [WITHHELD]


def test_a_secret_at_the_cut_is_found() -> None:
    for begin in range(LONGEST - len(SECRET) - 2, LONGEST + 2):
        kept: list[SpokenLine] = []
        script(kept).received("x" * begin + " " + SECRET)
        assert SECRET[:12] not in kept[0].text, begin


def test_lines_are_bounded_and_fit_for_a_terminal() -> None:
    kept: list[SpokenLine] = []
    session = script(kept)
    session.received(NASTY)
    session.received("ä" * 100_000)
    assert not UNFIT.search(kept[0].text)
    assert len(kept[1].text.encode()) <= LONGEST


def test_a_flood_is_counted_and_not_kept() -> None:
    kept: list[SpokenLine] = []
    clock = Clock()
    session = script(kept, clock)
    for _ in range(MOST_A_SECOND + 50):
        session.received("* 1 EXISTS")
    assert len(kept) == MOST_A_SECOND
    clock.now += 1000
    session.received("* 2 EXISTS")
    assert [line.text for line in kept[-2:]] == ["50 lines of one second are left out", "* 2 EXISTS"]


def test_nothing_is_kept_when_the_tap_is_closed() -> None:
    kept: list[SpokenLine] = []
    tap = Tap("a1", True, kept.append)
    session = Script(tap, "smtp", Secrets())
    session.sent("NOOP")
    tap.is_on = False
    assert not session.is_wanted
    session.sent("NOOP")
    assert len(kept) == 1
    Script(NO_TAP, "smtp", Secrets()).sent("NOOP")


def test_two_sessions_can_be_told_apart() -> None:
    kept: list[SpokenLine] = []
    script(kept).sent("a1 NOOP")
    script(kept).sent("a1 NOOP")
    assert kept[0].session != kept[1].session
