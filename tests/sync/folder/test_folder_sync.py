"""One folder brought up to date: beginnings, troubles, doubts, and news that may have been lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.imap.errors import CommandFailed
from postroom.imap.sets import UidSet
from postroom.sync.folder import folder_sync as module
from postroom.sync.folder.folder_sync import PARKED_FOR
from postroom.sync.folder.plan import TROUBLES_BORNE, Told, Way
from postroom.sync.news import Hints
from tests.sync.memory_account import NOTIFY_FROM, MemoryAccount, folder_sync, memory_database
from tests.sync.model_server import ModelFolder, ModelQuestions, flag_set

SEEN, NONE = flag_set("\\Seen"), flag_set()
engine = memory_database()
_LATER = NOTIFY_FROM + 1_000_000


class Counting(ModelQuestions):
    """Notes how often all flags were asked for."""

    asked: int = 0

    async def flags(self, uids: UidSet, **more: Any) -> Any:
        self.asked += 1
        return await super().flags(uids, **more)


@pytest.fixture
def account() -> MemoryAccount:
    return MemoryAccount(engine)


def holding(*flags: Any) -> ModelFolder:
    made = ModelFolder()
    for each in flags:
        made.append(each)
    return made


async def opened(account: MemoryAccount, model: ModelFolder, way: Way, *, scan_due: bool = False, **more: Any) -> None:
    sync = folder_sync(account.folder(), ModelQuestions(model), way, **more)
    await sync.opened(model.told(way), scan_due=scan_due)


def names(account: MemoryAccount) -> list[str]:
    return [event.name for event in account.events]


# How a folder begins.


@pytest.mark.parametrize("way", Way)
async def test_the_first_sync_announces_what_is_young_enough(account: MemoryAccount, way: Way) -> None:
    await opened(account, holding(SEEN, NONE), way)
    assert names(account) == ["messageNew", "messageNew"]
    assert account.folder().row.messages == 2


@pytest.mark.parametrize("way", Way)
async def test_and_takes_older_messages_silently(account: MemoryAccount, way: Way) -> None:
    model = holding(SEEN, NONE)
    await opened(account, model, way, notify_from=_LATER)
    assert names(account) == []
    model.change(0, NONE)
    await opened(account, model, way, notify_from=_LATER, scan_due=True)
    assert names(account) == ["messageUpdated"]


async def test_a_first_scan_goes_on_where_it_was_broken_off(
    account: MemoryAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 2)
    model = holding(*[NONE] * 6)
    for fails_at in range(1, 12):
        sync = folder_sync(account.folder(), ModelQuestions(model, fails_at), Way.PLAIN)
        try:
            await sync.opened(model.told(Way.PLAIN), scan_due=False)
        except CommandFailed:
            continue
        break
    assert [event.data()["uid"] for event in account.events] == [1, 2, 3, 4, 5, 6]
    assert account.folder().row.scanned is None


async def test_a_server_that_tells_no_uidnext_is_asked_what_is_there(account: MemoryAccount) -> None:
    model = holding(NONE, NONE)
    sync = folder_sync(account.folder(), ModelQuestions(model), Way.PLAIN)
    await sync.opened(Told(1, None, None, 2), scan_due=False)
    assert account.folder().row.uidnext == 3


async def test_a_uidvalidity_that_changes_each_time_is_left_alone_for_a_while(account: MemoryAccount) -> None:
    model = holding(NONE)
    for _ in range(TROUBLES_BORNE + 1):
        assert account.folder().row.parked_until is None
        await opened(account, model, Way.PLAIN)
        model.uidvalidity += 1
    row = account.folder().row
    assert (row.troubles, row.parked_until) == (TROUBLES_BORNE, account.time + PARKED_FOR)
    assert names(account) == ["messageNew", *["mailboxReset"] * TROUBLES_BORNE]
    # After that it gets all its chances again.
    account.time += PARKED_FOR
    await opened(account, model, Way.PLAIN)
    assert account.folder().row.troubles == 1
    await opened(account, model, Way.PLAIN)
    assert (account.folder().row.troubles, account.folder().row.parked_until) == (0, None)


# What changed.


async def test_the_fast_indexer_notices_new_messages_alone(account: MemoryAccount) -> None:
    model = holding(NONE)
    await opened(account, model, Way.PLAIN, fast=True, notify_from=_LATER)
    model.append(NONE)
    model.change(0, SEEN)
    model.expunge(0)
    sync = folder_sync(account.folder(), ModelQuestions(model), Way.PLAIN, fast=True)
    await sync.opened(model.told(Way.PLAIN), scan_due=True)
    assert [(event.name, event.data()["uid"]) for event in account.events] == [("messageNew", 2)]
    assert sync.is_settled


@pytest.mark.parametrize(("doubts", "gone"), [(True, []), (False, ["messageDeleted"])])
async def test_a_search_that_finds_too_few_is_doubted_at_first(
    account: MemoryAccount, doubts: bool, gone: list[str]
) -> None:
    class Forgetful(ModelQuestions):
        async def present(self, uidnext: int | None) -> UidSet:
            return await super().present(uidnext) - UidSet([(1, 1)])

    model = holding(NONE, NONE, NONE)
    await opened(account, model, Way.PLAIN, notify_from=_LATER)
    sync = replace(folder_sync(account.folder(), Forgetful(model), Way.PLAIN), doubts=doubts)
    await sync.opened(replace(model.told(Way.PLAIN), messages=4), scan_due=True)
    assert names(account)[:1] == gone


async def test_a_modseq_that_settles_late_is_believed_one_sync_later(account: MemoryAccount) -> None:
    model = holding(NONE)
    folder = account.folder()
    stored = []
    for modseq in (10, 20, 30):
        sync = replace(folder_sync(folder, ModelQuestions(model), Way.CONDSTORE), settles_late=True)
        await sync.opened(replace(model.told(Way.CONDSTORE), highestmodseq=modseq), scan_due=False)
        stored.append(folder.row.highestmodseq)
    assert stored == [10, 10, 20]


async def test_news_of_flags_by_number_are_asked_about_by_uid(account: MemoryAccount) -> None:
    model = holding(NONE, NONE, NONE)
    await opened(account, model, Way.PLAIN, notify_from=_LATER)
    model.change(2, SEEN)
    ask = Counting(model)
    sync = folder_sync(account.folder(), ask, Way.PLAIN)
    await sync.heard(Hints(flags=True, numbers=UidSet([(3, 3)])))
    assert [(event.name, event.data()["uid"]) for event in account.events] == [("messageUpdated", 3)]
    assert ask.asked == 1


async def test_after_too_many_news_every_flag_is_read(account: MemoryAccount) -> None:
    model = holding(NONE, NONE)
    await opened(account, model, Way.PLAIN, notify_from=_LATER)
    model.change(0, SEEN)
    model.change(1, SEEN)
    await folder_sync(account.folder(), ModelQuestions(model), Way.PLAIN).heard(Hints(flags=True, too_many=True))
    assert names(account) == ["messageUpdated", "messageUpdated"]


async def test_news_are_not_heeded_while_the_first_scan_is_not_done(account: MemoryAccount) -> None:
    model = holding(NONE, NONE)
    with pytest.raises(CommandFailed):
        await folder_sync(account.folder(), ModelQuestions(model, 3), Way.PLAIN).opened(
            model.told(Way.PLAIN), scan_due=False
        )
    assert account.folder().row.scanned is not None
    before = len(account.events)
    await folder_sync(account.folder(), ModelQuestions(model, 0), Way.PLAIN).heard(Hints(arrivals=True, gone=True))
    assert len(account.events) == before


async def test_known_messages_in_windows_from_the_oldest(
    account: MemoryAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 2)
    model = holding(*[NONE] * 5)
    await opened(account, model, Way.PLAIN, notify_from=_LATER)
    sync = folder_sync(account.folder(), ModelQuestions(model), Way.PLAIN)
    windows = await sync.windows()
    assert windows == [UidSet([(1, 2)]), UidSet([(3, 4)]), UidSet([(5, 5)])]
    model.change(4, SEEN)
    await sync.read_flags(windows[2])
    assert names(account) == ["messageUpdated"]
