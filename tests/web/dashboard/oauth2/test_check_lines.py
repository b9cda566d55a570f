"""Each step of a check says what was asked, and how it ended."""

from __future__ import annotations

import pytest

from postroom.onboarding.consent.check_step import CheckStatus, CheckStep
from postroom.web.dashboard.oauth2.check_lines import check_line


@pytest.mark.parametrize(
    ("status", "tone", "words"), [("ok", "ok", "works"), ("fail", "bad", "fails"), ("skip", "idle", "not tried")]
)
@pytest.mark.parametrize("step", ["redirect", "endpoints", "client", "token", "connection"])
def test_every_step_has_a_question_and_an_end(step: str, status: CheckStatus, tone: str, words: str) -> None:
    line = check_line(CheckStep(step, status, "It said no", "Do this"))
    assert line.asked.endswith("?")
    assert (line.tone, line.outcome, line.told, line.cure) == (tone, words, "It said no", "Do this")
