"""Each step has a name for people."""

from __future__ import annotations

import pytest

from postroom.onboarding.consent.check_step import CheckStep


@pytest.mark.parametrize(
    ("step", "label"), [("redirect", "Way back from the provider"), ("connection", "Sign-in to IMAP")]
)
def test_a_step_has_a_name(step: str, label: str) -> None:
    assert CheckStep(step, "ok", "").label == label
