"""Accounts whose credentials come from the operator's own server, against a real Dovecot."""

from __future__ import annotations

import pytest

from postroom.accounts.service import Accounts
from postroom.accounts.settings.writing import document_of
from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from tests.fakes.auth_server import FakeAuthServer
from tests.live.dovecot import Dovecot
from tests.supervisor.conftest import BOX, supervised
from tests.supervisor.test_oauth2 import USER, reaches, state

pytestmark = pytest.mark.dovecot


async def test_it_is_asked_at_each_connection_and_its_faults_are_told_apart(db: Database, dovecot: Dovecot) -> None:
    accounts = Accounts(db, BOX)
    server = {"host": dovecot.host, "port": dovecot.port, "secure": False, "useAuthServer": True}
    async with FakeAuthServer() as lender:
        await RuntimeSettings(db, BOX).update({"authServer": lender.url})
        lender.give("a", {"user": USER, "pass": "no longer right"})
        await accounts.register("a", {"name": "A", "imap": server})
        async with supervised(db):
            view = await reaches(accounts, state("authenticationError"))
            assert view.last_error.code == "AUTHENTICATIONFAILED"

            # Tried again by itself, with whatever the server says by then.
            lender.give("a", {"user": USER, "pass": "pass"})
            await reaches(accounts, state("connected"))
            asked = len(lender.asked)
            dovecot.kill_connections(USER)
            await reaches(accounts, lambda view: len(lender.asked) > asked)
            await reaches(accounts, state("connected"))
            assert set(lender.asked) == {("a", "imap")}

            lender.status = 403
            await accounts.reconnect("a")
            view = await reaches(accounts, state("authenticationError"))
            assert view.last_error.code == "HTTPRequestError"

            await lender.stop()
            await accounts.reconnect("a")
            view = await reaches(accounts, state("connectError"))
            assert view.last_error.code == "ECONNREFUSED"
    assert "no longer right" not in repr(view)
    assert document_of(await accounts.preview("a", {}))["imap"] == server
