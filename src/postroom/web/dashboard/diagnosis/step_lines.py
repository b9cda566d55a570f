"""The steps of a diagnosis as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.onboarding.diagnosis.trail import ExaminationStep

__all__ = ["StepLine", "step_line"]

_DOING: Final = {
    "credentials": "Credentials",
    "auth-server": "Authentication server",
    "oauth2-token": "OAuth2 access token",
    "dns": "Name of the server",
    "tcp-ipv4": "Connection by IPv4",
    "tcp-ipv6": "Connection by IPv6",
    "connect": "Connection",
    "turn": "Turn to sign in",
    "tls": "TLS",
    "starttls": "STARTTLS",
    "greeting": "Greeting",
    "capabilities": "Capabilities",
    "login": "Sign-in",
    "folders": "Folders",
    "idle": "IDLE",
    "time": "Time",
}
_TONES: Final = {
    "ok": ("ok", "check"),
    "warning": ("wait", "warning"),
    "failed": ("bad", "cross"),
    "skipped": ("idle", "circle"),
}
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step: its name and how it ended in words, and what was found, as pairs."""

    protocol: str
    title: str
    outcome: str
    tone: str
    symbol: str
    ms: int
    remark: str
    said: str
    advice: str
    found: tuple[tuple[str, str], ...]


def step_line(step: ExaminationStep) -> StepLine:
    """Return the line of a step."""
    tone, symbol = _TONES[step.outcome]
    failure = step.failure
    return StepLine(
        step.protocol.upper(),
        _DOING.get(step.name, step.name),
        step.outcome,
        tone,
        symbol,
        step.ms,
        step.remark,
        failure.response if failure is not None else "",
        failure.advice if failure is not None else "",
        tuple(_pairs("", step.told)),
    )


def _pairs(path: str, told: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in told.items():
        here = f"{path} {name}".strip()
        if isinstance(value, Mapping):
            yield from _pairs(here, value)
        elif value not in (None, "", []):
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            yield here, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
