"""One step of the check of an OAuth2 application, as a value. Pure."""

from __future__ import annotations

from typing import Final, Literal

from postroom.footprint.dataclass import dataclass

__all__ = ["CheckStatus", "CheckStep"]

CheckStatus = Literal["ok", "fail", "skip"]

_LABELS: Final = {
    "redirect": "Way back from the provider",
    "endpoints": "Endpoints of the provider",
    "client": "Credentials of the application",
    "token": "Access token",
    "connection": "Sign-in to IMAP",
}


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step: `message` is its result, `hint` what to do about it, empty if nothing."""

    id: str
    status: CheckStatus
    message: str
    hint: str = ""

    @property
    def label(self) -> str:
        """The step's name for people."""
        return _LABELS[self.id]
