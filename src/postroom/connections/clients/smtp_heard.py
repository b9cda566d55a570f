"""aiosmtplib's client with an ear: it tells a transcript every command and reply."""

from __future__ import annotations

import socket
from typing import Any

from aiosmtplib import SMTP
from aiosmtplib.response import SMTPResponse

from postroom.connections.progress import Progress
from postroom.connections.transcripts.smtp_script import SmtpScript

__all__ = ["HeardSmtp", "heard"]


class HeardSmtp(SMTP):
    """Every command but STARTTLS passes `execute_command`, which is the place that the library has for this."""

    script: SmtpScript

    async def execute_command(self, *args: bytes, timeout: Any = None) -> SMTPResponse:
        """Run a command as the library does, and tell what was said."""
        self.script.sent(b" ".join(args) + b"\r\n")
        given = {} if timeout is None else {"timeout": timeout}
        response = await super().execute_command(*args, **given)
        self.script.answered(response.code, response.message)
        return response


def heard(client: SMTP, script: SmtpScript | None, connection: socket.socket, progress: Progress) -> Progress:
    """Let a transcript hear the client from the beginning, if there is one; returns the `progress` to call."""
    if script is None or not isinstance(client, HeardSmtp):
        return progress
    client.script = script
    script.connected(connection)
    return script.beside(progress)
