"""The sandbox's SMTP server: it delivers into the mailboxes of the sandbox, and sends nothing to others."""

from __future__ import annotations

import asyncio
import imaplib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from postroom.demo.mailbox import LOOPBACK, DeliveryFailed
from postroom.demo.post_office import PostOffice, TakenMail
from postroom.footprint.dataclass import dataclass

_SIZE_LIMIT = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Handler:
    """Receives messages from aiosmtpd, which defines the method's name."""

    office: PostOffice

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        self.office.taken.append(TakenMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        ours = self.office.mailboxes_of(envelope.rcpt_tos)
        try:
            for mailbox in ours:
                await mailbox.deliver(content)
        except (DeliveryFailed, OSError, imaplib.IMAP4.error) as error:
            return f"451 4.3.0 Not delivered: {error}"
        return "250 2.0.0 Delivered" if ours else "250 2.0.0 Taken; the sandbox sends nothing to others"


@asynccontextmanager
async def smtp_server(office: PostOffice) -> AsyncIterator[int]:
    """Accept mail on loopback, with or without a sign-in as the owner of a mailbox; yield the port."""

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and office.admits(data.login, data.password)
        return AuthResult(success=known, handled=False)

    # aiosmtpd warns about its own deprecated attribute at every sign-in.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            _Handler(office),
            hostname="sandbox.example.test",
            ident="Postroom sandbox",
            data_size_limit=_SIZE_LIMIT,
            enable_SMTPUTF8=True,
            authenticator=authenticate,
            auth_require_tls=False,
            loop=loop,
        )

    server = await loop.create_server(session, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
