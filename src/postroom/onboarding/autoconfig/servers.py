"""The possible results of a search for mail servers. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from postroom.connections.quirks.profile import AppPassword
from postroom.footprint.dataclass import dataclass

__all__ = ["UNKNOWN", "AppPasswordHint", "Found", "FoundServer", "Source", "best"]

Source = Literal["mx", "srv", "autoconfig", "well-known", "mozilla", "unknown"]
"""The source: the table of providers, DNS, the domain's own servers, Mozilla's ISPDB, or none."""


@dataclass(frozen=True, slots=True)
class FoundServer:
    """One service; `secure` means TLS from the first byte, otherwise STARTTLS. `user` is the name to sign in with."""

    host: str
    port: int
    secure: bool
    user: str


@dataclass(frozen=True, slots=True)
class AppPasswordHint:
    """What the mailbox owner must know about passwords for mail programs at this provider."""

    required: bool
    provider: str
    instructions: str

    @classmethod
    def of(cls, provider: str, known: AppPassword, language: str = "en") -> AppPasswordHint:
        """Return the hint of a provider's profile, in the language with this code."""
        return cls(known.required, provider, known.instructions_in(language))


@dataclass(frozen=True, slots=True)
class Found:
    """The servers of one e-mail address; None for a service that was not found."""

    imap: FoundServer | None
    smtp: FoundServer | None
    source: Source
    app_password: AppPasswordHint | None = None

    @property
    def complete(self) -> bool:
        """Whether both services are known."""
        return self.imap is not None and self.smtp is not None

    def with_hint(self, hint: AppPasswordHint | None) -> Found:
        """Return a copy with another hint."""
        return replace(self, app_password=hint)


UNKNOWN: Final = Found(None, None, "unknown")


def best(candidates: list[Found]) -> Found:
    """Return the most useful one: both services, else IMAP, else any; among equals, the first."""
    ranked = sorted(candidates, key=lambda found: (not found.complete, found.imap is None, found.smtp is None))
    return ranked[0] if ranked and (ranked[0].imap or ranked[0].smtp) else UNKNOWN
