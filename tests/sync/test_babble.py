"""Whatever a server says, the sync ends with a verdict on it and never with a fault of its own."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count

import pytest

from postroom.connections.failures import ConnectionFailed, judge
from postroom.imap.errors import ImapError
from tests.fakes.imap.babble import babbling, offered_by_chance
from tests.fakes.imap_server import CAPABILITIES, FakeImapServer
from tests.sync.live_account import LiveAccount, live_account

pause = asyncio.sleep


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between questions are over at once, and what is to be tried again is due."""
    monkeypatch.setattr("asyncio.sleep", lambda seconds, *more: pause(min(seconds, 0.001), *more))


async def talk(account: LiveAccount) -> str | None:
    """Have one connection; return the code of the verdict that ended it, if one did."""
    try:
        async with asyncio.timeout(20), account.connected() as session:
            for _ in range(2):
                await session.engine.heed(await session.client.idle(0.01))
                account.time += 5_000
                await session.engine.do_due()
                await session.engine.sync_all()
    except (ImapError, ConnectionFailed) as error:
        return judge(error, "sync").code
    return None


async def babble(url: str, seed: int) -> str | None:
    """Have two connections, of which the second goes on where the first one was."""
    ended = None
    async with FakeImapServer(capabilities=(*CAPABILITIES, *offered_by_chance(seed))) as mail:
        mail.behave(babbling(seed))
        async with live_account(url, mail) as account:
            for _ in range(2):
                ended = await talk(account)
                with contextlib.suppress(IndexError):
                    assert (await account.events())[-1]
    return ended


@pytest.mark.parametrize("seed", range(12))
async def test_no_answer_leads_to_a_fault_of_ours(sqlite_url: str, seed: int, hurried: None) -> None:
    assert await babble(sqlite_url, seed) != "EINTERNAL"


if __name__ == "__main__":  # for as long as you like
    import sys
    import tempfile

    for each in count(int(sys.argv[1])):
        asyncio.sleep = lambda seconds, *more: pause(min(seconds, 0.001), *more)  # type: ignore[assignment]
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(f"{each} {asyncio.run(babble(f'sqlite:///{folder}/db', each))}\n")
