"""What sessions are opened for."""

from __future__ import annotations

from postroom.accounts.settings.values import NO_SETTINGS
from postroom.connections.sockets.endpoint import Endpoint
from postroom.credentials.access_tokens import Prepared
from postroom.credentials.logins import MailLogin
from postroom.imap.credentials import Credentials
from postroom.sessions.purpose import LIVE, Ready


def test_a_live_account_waits_without_end() -> None:
    assert (LIVE.patience, LIVE.line) == (None, None)


async def test_nobody_need_listen() -> None:
    await LIVE.ready(Ready(MailLogin(Endpoint("h", 1), Credentials("u", "p")), Prepared(NO_SETTINGS)))
    LIVE.renewing()
    LIVE.progress("connect", {})
