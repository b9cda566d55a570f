"""One step of opening a connection: bounds its time and turns its errors into verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postroom.connections.failures import Phase, failed
from postroom.connections.hosts.addresses import AddressRefused
from postroom.connections.smtp_errors import SMTPException
from postroom.imap.errors import ImapError
from postroom.words.strangers import NO_SECRETS, Secrets

__all__ = ["phase"]


@asynccontextmanager
async def phase(name: Phase, limit: float, *, secrets: Secrets = NO_SECRETS) -> AsyncIterator[None]:
    """Bound the block to `limit` seconds; any error in it is raised as ConnectionFailed or SignInRefused.

    `secrets` are removed from the texts in the error.
    """
    try:
        async with asyncio.timeout(limit) as clock:
            yield
    except TimeoutError as error:
        late = TimeoutError(f"No answer within {limit:g} s")
        raise failed(late if clock.expired() else error, name, secrets=secrets) from error
    except (OSError, ImapError, SMTPException, AddressRefused) as error:
        raise failed(error, name, secrets=secrets) from error
