"""aiosmtplib's client with an ear: it tells a transcript every command and reply.

Loaded with the first SMTP connection: the library takes 1.2 MiB, and many gateways never send.
"""

from __future__ import annotations

import socket
from typing import Any

from aiosmtplib.response import SMTPResponse
from aiosmtplib.smtp import SMTP

from postroom.connections.transcripts.smtp_script import SmtpScript

__all__ = ["HeardSmtp", "client_on"]


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


def client_on(
    connection: socket.socket, script: SmtpScript | None, host: str, ehlo_name: str, *, use_tls: bool, timeout: float
) -> SMTP:
    """Return the client for a socket that is connected. If there is a transcript, it hears all from the beginning."""
    client = (SMTP if script is None else HeardSmtp)(
        hostname=host,
        sock=connection,
        local_hostname=ehlo_name,
        use_tls=use_tls,
        start_tls=False,
        timeout=timeout,
    )
    if script is not None and isinstance(client, HeardSmtp):
        client.script = script
        script.connected(connection)
    return client
