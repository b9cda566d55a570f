"""One gateway under measurement on one engine, with all it needs."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.gateway import Gateway
from bench.options import POSTGRES, Options
from bench.receiver import Receiver
from bench.report import Report
from tests.live.dovecot import Dovecot
from tests.live.postgres import Postgres

BARE = 100
"""So many mailboxes are watched by a bare client, beside the accounts."""


@dataclass(frozen=True, slots=True)
class Subject:
    """`numbers` are those of its accounts and mailboxes, which no other gateway watches.

    Two sessions of one Maildir hold each other up in Dovecot, by seconds now and then. `postgres` is the server of its
    database, None on SQLite. `mail` is the report of the part with that name.
    """

    engine: str
    gateway: Gateway
    dovecot: Dovecot
    receiver: Receiver
    postgres: Postgres | None
    numbers: range
    report: Report
    mail: Report

    @property
    def options(self) -> Options:
        return self.report.options

    @property
    def bare(self) -> range:
        """The mailboxes that only bare clients watch; the gateways take turns with them."""
        first = len(self.options.engines) * self.options.accounts
        return range(first, first + min(BARE, self.options.accounts))

    def mailbox(self, name: str) -> str:
        """A mailbox of this gateway alone."""
        return f"{name}-{self.engine.lower()}@example.test"


@contextlib.asynccontextmanager
async def subject(
    dovecot: Dovecot, postgres: Postgres | None, numbers: range, reports: Mapping[str, Report]
) -> AsyncIterator[Subject]:
    """A gateway that is set up and stopped; it has its schema, and tells its own receiver of new messages."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
        receiver = await stack.enter_async_context(Receiver())
        engine = reports["gateway"].column
        own = postgres if engine == POSTGRES else None
        url = None if own is None else own.create_database()
        gateway = Gateway(folder, url, {"POSTROOM_CA_FILE": str(dovecot.ca_file)})
        stack.push_async_callback(gateway.stop)
        await gateway.start()
        wanted = {"webhooksEnabled": True, "webhooks": receiver.url, "webhookEvents": ["messageNew"]}
        await gateway.call("POST", "/v1/settings", wanted)
        await gateway.stop()
        yield Subject(engine, gateway, dovecot, receiver, own, numbers, reports["gateway"], reports["mail"])
