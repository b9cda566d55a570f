"""The transcript of one SMTP session: while it is opened by aiosmtplib, and afterwards on its line."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Final

from postroom.connections.progress import OpeningStep, Progress
from postroom.connections.transcripts.imap_script import peer_of
from postroom.connections.transcripts.script import Script
from postroom.connections.transcripts.smtp_mask import SmtpMask
from postroom.connections.transcripts.tap import Tap
from postroom.smtp.replies import Reply
from postroom.words.strangers import Secrets

__all__ = ["SmtpScript"]

_READY: Final = 220


class SmtpScript:
    """What a session tells of itself while somebody listens."""

    __slots__ = ("_mask", "_script")

    def __init__(self, script: Script) -> None:
        self._script = script
        self._mask = SmtpMask()

    @classmethod
    def of(cls, tap: Tap, secrets: Secrets) -> SmtpScript | None:
        """Return the transcript of a session, None if nobody listens."""
        return cls(Script(tap, "smtp", secrets)) if tap.is_on else None

    def connected(self, connection: socket.socket) -> None:
        """Note which server is on the other end."""
        self._script.note(f"connected to {peer_of(connection)}")

    def beside(self, progress: Progress) -> Progress:
        """Return a `progress` that also writes down the steps which are no commands: the greeting and TLS."""

        def told(step: OpeningStep, about: Mapping[str, Any]) -> None:
            match step:
                case "greeting":
                    self.answered(_READY, str(about["greeting"]))
                case "tls" | "starttls":
                    self._script.note(f"encrypted with {about['version']}, {about['cipher']}")
            progress(step, about)

        return told

    def sent(self, octets: bytes, replies: int = 1) -> None:
        """Write down octets that ask for this many replies."""
        for line in self._mask.sent(octets, replies):
            self._script.sent(line)

    def answered(self, code: int, text: str) -> None:
        """Write down a reply, as aiosmtplib reads it."""
        self._script.received(self._mask.received(code, text))

    def received(self, reply: Reply) -> None:
        """Write down a reply."""
        enhanced = f"{reply.enhanced} " if reply.enhanced else ""
        self.answered(reply.code, enhanced + reply.text)

    def ended(self, error: BaseException) -> None:
        """Note why the session is over."""
        self._script.note(f"ended: {str(error) or type(error).__name__}")
