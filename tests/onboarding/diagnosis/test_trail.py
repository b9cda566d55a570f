"""The steps of a diagnosis are timed and told apart."""

from __future__ import annotations

import time

from postroom.connections.failures import Failure
from postroom.onboarding.diagnosis.trail import ExaminationStep, Trail
from postroom.words.strangers import Words

FAILURE = Failure("connection", "login", "ECONNRESET", Words("Gone"), "Try again.")


def test_each_step_is_timed_from_the_one_before() -> None:
    trail = Trail("imap")
    time.sleep(0.03)
    trail.ok("dns")
    trail.ok("greeting", {"greeting": "hello"})
    time.sleep(0.03)
    trail.begin()
    trail.warn("idle", "None.")
    slow, quick, after = trail.steps
    assert slow.ms >= 30
    assert quick.ms < 20
    assert after.ms < 20
    assert (quick.told, after.outcome, after.remark) == ({"greeting": "hello"}, "warning", "None.")


def test_what_was_tried_is_not_skipped() -> None:
    trail = Trail("smtp")
    trail.ok("greeting")
    trail.fail("login", FAILURE)
    trail.skip(("greeting", "login", "folders"), "Too late.")
    assert [(step.name, step.outcome) for step in trail.steps] == [
        ("greeting", "ok"),
        ("login", "failed"),
        ("folders", "skipped"),
    ]
    assert trail.failure is FAILURE


def test_a_step_that_is_renewed_is_there_once() -> None:
    trail = Trail("imap")
    trail.ok("capabilities", {"capabilities": ["A"]})
    trail.ok("starttls")
    trail.renew("capabilities", {"capabilities": ["B"]})
    assert [(step.name, step.told) for step in trail.steps] == [
        ("starttls", {}),
        ("capabilities", {"capabilities": ["B"]}),
    ]


def test_each_step_is_told_as_it_ends() -> None:
    heard: list[tuple[str, str]] = []
    trail = Trail("imap", heard=lambda step: heard.append((step.name, step.outcome)))
    trail.ok("greeting")
    trail.renew("greeting", {"more": "x"})
    trail.add(ExaminationStep("imap", "tcp-ipv4", "ok", 3))
    trail.fail("login", FAILURE, ms=7)
    trail.skip(("idle",), "Too late.")
    assert heard == [
        ("greeting", "ok"),
        ("greeting", "ok"),
        ("tcp-ipv4", "ok"),
        ("login", "failed"),
        ("idle", "skipped"),
    ]
    assert [step.ms for step in trail.steps if step.name in ("tcp-ipv4", "login")] == [3, 7]
