"""What a runner remembers from one connection to the next."""

from __future__ import annotations

from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.connections.timeouts import Timeouts
from postroom.connections.wrong_secure import HESITATION
from postroom.storage.database import Database
from tests.fakes.imap_server import FakeImapServer, greet_late
from tests.fakes.waiting import eventually
from tests.supervisor.conftest import imap_body, supervised
from tests.supervisor.test_supervisor import state_is

PATIENT = Timeouts(connect=20, tls=20, greeting=20, command=20, command_total=30, idle_end=1)


async def test_a_server_that_greets_late_is_asked_for_tls_once_not_at_every_reconnect(
    db: Database, accounts: Accounts
) -> None:
    async with FakeImapServer() as server, supervised(db, timeouts=PATIENT):
        server.behave(greet_late(2 * HESITATION))
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        met = server.statistics.connections
        for reconnect in (1, 2):
            await server.drop_connections()
            await eventually(lambda reconnect=reconnect: server.statistics.logins == 1 + reconnect, 30)
            await state_is(accounts, "a1", State.CONNECTED)
            assert server.statistics.connections == met + reconnect
