"""The sending of an account, as the API asks for it."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from postroom.submission.outbox.lane_state import USUAL, LaneState
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from tests.submission.messages import BOX, add_account


async def test_a_pause_is_seen(db: Database) -> None:
    await add_account(db)
    lanes, outbox = SendingLanes(db), Outbox(db=db, runtime=RuntimeSettings(db, BOX))
    assert await lanes.state_of("anna") == USUAL
    await outbox.pause("anna", is_paused=True)
    assert await lanes.state_of("anna") == LaneState(is_paused=True)
    await outbox.pause("anna", is_paused=False)
    assert await lanes.state_of("anna") == USUAL


async def test_an_account_is_read_with_its_sending(db: Database) -> None:
    await add_account(db)
    lanes, outbox = SendingLanes(db), Outbox(db=db, runtime=RuntimeSettings(db, BOX))
    view, sending = await lanes.with_account("anna")
    assert (view.row.account, sending) == ("anna", USUAL)
    await outbox.pause("anna", is_paused=True)
    assert (await lanes.with_account("anna"))[1] == LaneState(is_paused=True)
    for unknown in ("nobody", "an\0na"):
        with pytest.raises(AccountNotFound):
            await lanes.with_account(unknown)
