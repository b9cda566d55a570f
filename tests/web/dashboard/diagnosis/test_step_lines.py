"""The steps of a diagnosis in words."""

from __future__ import annotations

import pytest

from postroom.connections.failures import Failure
from postroom.onboarding.diagnosis.trail import ExaminationStep, Outcome
from postroom.web.dashboard.diagnosis.step_lines import step_line
from postroom.words.strangers import Words

FAILURE = Failure("authentication", "login", "EAUTH", Words("No."), "Send new credentials.")


@pytest.mark.parametrize(
    ("outcome", "tone", "symbol"),
    [("ok", "ok", "check"), ("warning", "wait", "warning"), ("failed", "bad", "cross"), ("skipped", "idle", "circle")],
)
def test_every_outcome_has_a_colour_and_a_symbol(outcome: Outcome, tone: str, symbol: str) -> None:
    found = step_line(ExaminationStep("imap", "login", outcome))
    assert (found.protocol, found.title, found.tone, found.symbol) == ("IMAP", "Sign-in", tone, symbol)


def test_a_failure_says_the_words_of_the_server_and_the_advice() -> None:
    found = step_line(ExaminationStep("smtp", "login", "failed", 12, failure=FAILURE))
    assert (found.said, found.advice, found.ms) == ("No.", "Send new credentials.", 12)


def test_findings_are_pairs_of_words() -> None:
    told = {
        "version": "TLSv1.3",
        "certificate": {"subject": "CN=a", "names": ["a", "b"]},
        "count": 0,
        "nothing": None,
        "empty": [],
        "long": "x" * 1000,
    }
    found = dict(step_line(ExaminationStep("imap", "tls", "ok", told=told)).found)
    assert found["certificate names"] == "a, b"
    assert (found["version"], found["certificate subject"], found["count"]) == ("TLSv1.3", "CN=a", "0")
    assert len(found["long"]) == 401
    assert not {"nothing", "empty"} & found.keys()


def test_an_unknown_step_keeps_its_name() -> None:
    assert step_line(ExaminationStep("imap", "new-step", "ok")).title == "new-step"
