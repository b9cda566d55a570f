"""SMTP in tests: sign in and out again."""

from __future__ import annotations

from typing import Any

from postroom.connections.clients.smtp_client import SmtpInfo, open_smtp
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.imap.credentials import Credentials

__all__ = ["check_smtp"]


async def check_smtp(
    endpoint: Endpoint, credentials: Credentials | None, timeouts: Timeouts, ehlo_name: str, **more: Any
) -> SmtpInfo:
    """Connect, protect, sign in and leave. Raises ConnectionFailed or SignInRefused."""
    session = await open_smtp(endpoint, credentials, timeouts, ehlo_name, **more)
    await session.leave()
    return session.info
