"""Hears the wake-ups of all processes on a connection of its own, which also ends transactions that stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import asyncpg

from postroom.log import get_logger
from postroom.storage.engines.postgres import sessions
from postroom.storage.engines.postgres.faults import DRIVER_ERRORS
from postroom.storage.statements.connection import Wakeup

__all__ = ["CHANNEL", "LISTEN_AGAIN", "LISTEN_CHECK", "announcement", "listen"]

CHANNEL: Final = "postroom"
# As a text without parameters it goes in one exchange with the COMMIT. Keys may be names that callers chose, so the
# payloads are written as hexadecimal digits.
_ANNOUNCE: Final = """
    SELECT pg_notify('postroom', convert_from(decode(payload, 'hex'), 'UTF8')) FROM unnest('{%s}'::text[]) AS payload;
"""
# PostgreSQL does not count a session as idle whose client stopped between the statements of a batch. Other processes
# end it. A COPY waits for its client by nature, and no process of ours copies.
_END_STALLED: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
      AND xact_start IS NOT NULL AND state = 'active' AND wait_event = 'ClientRead' AND query !~* '^\\s*COPY'
      AND state_change < clock_timestamp() - make_interval(secs => $1)
"""
LISTEN_CHECK = 5.0
LISTEN_AGAIN = 1.0
log = get_logger("storage")


def announcement(wakes: Sequence[Wakeup]) -> str:
    """Return the command that announces these wake-ups, each once; empty when there are none."""
    payloads = [f"{topic} {key}".encode().hex() for topic, key in dict.fromkeys(wakes)]
    return _ANNOUNCE % ",".join(payloads) if payloads else ""


async def listen(url: str, publish: Callable[[list[Wakeup]], None], listening: asyncio.Event) -> None:
    """Hold one connection in LISTEN and reconnect when it breaks. Polling makes up for missed hints.

    The check that the connection lives also ends transactions of processes that stand still.
    """

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        topic, _, key = str(payload).partition(" ")
        publish([(topic, key)])

    while True:
        connection: asyncpg.Connection | None = None
        try:
            connection = await asyncpg.connect(url, timeout=sessions.CONNECT_TIMEOUT)
            await connection.add_listener(CHANNEL, hear)
            listening.set()
            while not connection.is_closed():
                await asyncio.sleep(LISTEN_CHECK)
                ended = await connection.fetchval(_END_STALLED, sessions.IDLE_IN_TRANSACTION, timeout=LISTEN_CHECK)
                if ended:
                    log.warning("ended transactions of a process that stands still", count=ended)
        except DRIVER_ERRORS as error:
            log.debug("wake-ups interrupted", error=str(error))
        finally:
            if connection is not None:
                connection.terminate()
        await asyncio.sleep(LISTEN_AGAIN)
