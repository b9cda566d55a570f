"""The steps of the check of an OAuth2 application as lines for people: what was asked, what came back. Pure."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.onboarding.consent.check_step import CheckStep
from postroom.web.design.tones import Tone

__all__ = ["CheckLine", "check_line"]

_ASKED: Final = {
    "redirect": "Where does the provider send people back to?",
    "endpoints": "Where does the provider answer requests for tokens?",
    "client": "Does the provider know the application, and accept its secret?",
    "token": "Does the provider give a token?",
    "connection": "Does the mail server accept that token?",
}
_ENDS: Final[dict[str, tuple[Tone, str, str]]] = {
    "ok": ("ok", "check", "works"),
    "fail": ("bad", "cross", "fails"),
    "skip": ("idle", "circle", "not tried"),
}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One step: its name, the question, how it ended, what was found or said, and what to do."""

    id: str
    title: str
    asked: str
    tone: Tone
    symbol: str
    outcome: str
    told: str
    cure: str


def check_line(step: CheckStep) -> CheckLine:
    """Return a step as a line."""
    tone, symbol, outcome = _ENDS[step.status]
    return CheckLine(step.id, step.label, _ASKED.get(step.id, ""), tone, symbol, outcome, step.message, step.hint)
