"""How what is stored of a folder changes: what is announced, what is announced once, and where the cursor goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from postroom.events.types import Event, MessageNew
from postroom.imap.sets import UidSet
from postroom.mail.flags import Flags
from postroom.mail.ids import message_id
from postroom.sync.folder.ledger import FolderLedger, FolderOpening, begin_together
from postroom.sync.folder.missing import RETRY_DELAYS
from postroom.sync.folder.plan import Start
from postroom.sync.folder.plausible import MOST_MISSING, Implausible
from tests.sync.memory_account import MemoryAccount, memory_database
from tests.sync.model_server import flag_set

SEEN, NONE = flag_set("\\Seen"), flag_set()
engine = memory_database()


def opening(how: Start = Start.FIRST, *, uidvalidity: int = 1, exists: int = 0, **more: Any) -> FolderOpening:
    return FolderOpening(how, uidvalidity, 1, None, exists, **more)


@pytest.fixture
def account() -> MemoryAccount:
    return MemoryAccount(engine)


@pytest.fixture
async def folder(account: MemoryAccount) -> FolderLedger:
    """INBOX, empty and begun."""
    made = account.folder()
    await made.begin(opening())
    return made


def news_of(folder: FolderLedger, uids: Iterable[int]) -> dict[int, Event]:
    place = folder.place
    return {
        uid: MessageNew(
            place.path,
            place.special_use,
            {
                "id": message_id(place.number, uid),
                "uid": uid,
                "path": place.path,
                "flags": [],
                "subject": "",
                "to": [],
            },
        )
        for uid in uids
    }


def told(account: MemoryAccount) -> list[tuple[str, Any]]:
    """Names of what was announced, and the UIDs."""
    return [(event.name, event.data().get("uid")) for event in account.events]


async def arrive(folder: FolderLedger, *uids: int, flags: Flags = NONE, **more: Any) -> None:
    await folder.take_in(dict.fromkeys(uids, flags), news_of(folder, uids), **more)


# How a folder begins.


async def test_a_folder_that_was_there_from_the_beginning_is_not_announced(account: MemoryAccount) -> None:
    folder = account.folder()
    await folder.begin(opening(exists=3))
    assert account.events == []
    assert (folder.row.scanned, folder.row.replays, folder.row.flags_at) == (0, True, None)
    assert folder.row.number == 1


async def test_an_empty_folder_needs_no_scan(account: MemoryAccount) -> None:
    folder = account.folder()
    await folder.begin(opening())
    assert (folder.row.scanned, folder.row.replays, folder.row.flags_at) == (None, False, account.time)


async def test_a_folder_that_begins_afresh_is_one_event_and_forgets_its_messages(
    account: MemoryAccount, folder: FolderLedger
) -> None:
    await arrive(folder, 1, 2, uidnext=3)
    account.events.clear()
    await folder.begin(opening(Start.AFRESH, uidvalidity=2, exists=2, troubles=1))
    (event,) = account.events
    assert (event.name, event.data()["reason"]) == ("mailboxReset", "uidValidityChange")
    assert (event.data()["uidValidity"], event.data()["prevUidValidity"]) == ("2", "1")
    assert (folder.row.messages, folder.row.uidnext, folder.row.troubles) == (0, 1, 1)
    assert await folder.known_uids() == UidSet()
    # Another UIDVALIDITY, another number: ids that were given out stay true.
    assert folder.row.number == 2


@pytest.mark.parametrize(("exists", "names"), [(2, ["mailboxReset"]), (0, [])])
async def test_lost_state_is_told_where_there_are_messages(
    account: MemoryAccount, exists: int, names: list[str]
) -> None:
    folder = account.folder()
    await folder.begin(opening(Start.LOST, exists=exists))
    assert [event.name for event in account.events] == names


async def test_folders_begin_together_each_with_its_number(account: MemoryAccount) -> None:
    folders = [account.folder(path) for path in ("b", "a", "c")]
    await begin_together(account, [(each, opening(uidvalidity=5)) for each in folders])  # type: ignore[arg-type]
    await begin_together(account, [])  # type: ignore[arg-type]
    assert [each.row.number for each in folders] == [1, 2, 3]
    assert [account.folder(path).row.number for path in ("b", "a", "c")] == [1, 2, 3]


async def test_a_folder_that_was_never_opened_has_no_place_in_events(account: MemoryAccount) -> None:
    folder = account.folder()
    with pytest.raises(AssertionError):
        _ = folder.place
    await folder.find_number()
    assert folder.place.number == 1


# How its messages change.


async def test_messages_that_arrive_are_announced_in_order_and_once(
    account: MemoryAccount, folder: FolderLedger
) -> None:
    await arrive(folder, 2, 1, uidnext=3)
    await arrive(folder, 1, 2, 3, uidnext=4)
    assert told(account) == [("messageNew", 1), ("messageNew", 2), ("messageNew", 3)]
    assert (folder.row.messages, folder.row.uidnext) == (3, 4)


async def test_what_is_told_again_with_other_flags_is_a_change(account: MemoryAccount, folder: FolderLedger) -> None:
    await arrive(folder, 1)
    await arrive(folder, 1, flags=SEEN)
    assert told(account) == [("messageNew", 1), ("messageUpdated", 1)]


async def test_the_cursor_never_moves_back(folder: FolderLedger) -> None:
    await arrive(folder, 9, uidnext=10)
    await arrive(folder, 4, uidnext=5)
    await arrive(folder, 5)
    assert folder.row.uidnext == 10


async def test_messages_without_news_are_taken_in_silently(account: MemoryAccount, folder: FolderLedger) -> None:
    await folder.take_in({1: NONE, 2: SEEN}, news_of(folder, [2]), uidnext=3)
    assert told(account) == [("messageNew", 2)]
    assert await folder.known_uids() == UidSet([(1, 2)])


async def test_the_fast_indexer_keeps_the_cursor_alone(account: MemoryAccount, folder: FolderLedger) -> None:
    await arrive(folder, 1, 2, uidnext=3, keeps_messages=False)
    assert told(account) == [("messageNew", 1), ("messageNew", 2)]
    assert (folder.row.messages, folder.row.uidnext) == (0, 3)
    assert await folder.known_uids() == UidSet()


async def test_what_cannot_be_fetched_is_reported_after_the_retries_and_announced_when_it_comes(
    account: MemoryAccount, folder: FolderLedger
) -> None:
    for delay in (0, *RETRY_DELAYS):
        assert account.events == []
        account.time += delay
        await folder.take_in({}, {}, uidnext=2, failed=[1])
    assert told(account) == [("messageMissing", 1)]
    assert account.events[0].data()["missingDelay"] == sum(RETRY_DELAYS)
    assert list(account.folder().row.missing) == [1]
    await arrive(folder, 1)
    assert told(account)[1:] == [("messageNew", 1)]
    assert (folder.row.missing, folder.row.messages) == ({}, 1)


async def test_a_server_that_gives_hardly_anything_is_not_believed(folder: FolderLedger) -> None:
    with pytest.raises(Implausible):
        await folder.take_in({}, {}, failed=range(1, MOST_MISSING + 2))
    assert folder.row.missing == {}


async def test_flags_that_change_and_messages_that_are_not_known(account: MemoryAccount, folder: FolderLedger) -> None:
    await arrive(folder, 1, 2, uidnext=6)
    await folder.take_in({}, {}, failed=[4])
    account.events.clear()
    # 4 waits to be fetched already, and 9 lies beyond the cursor.
    assert await folder.change({1: SEEN, 2: NONE, 3: SEEN, 4: SEEN, 9: SEEN}) == UidSet([(3, 3)])
    assert told(account) == [("messageUpdated", 1)]
    assert await folder.change({}) == UidSet()


async def test_messages_that_vanish(account: MemoryAccount, folder: FolderLedger) -> None:
    await arrive(folder, 1, 2, 9000, uidnext=9001)
    await folder.take_in({}, {}, failed=[5])
    account.events.clear()
    await folder.vanish(UidSet([(2, 5), (8000, 20_000)]))
    assert told(account) == [("messageDeleted", 2), ("messageDeleted", 9000)]
    assert (folder.row.messages, folder.row.missing) == (1, {})
    await folder.vanish(UidSet())
    assert len(account.events) == 2


async def test_a_complete_search_removes_and_finds(account: MemoryAccount, folder: FolderLedger) -> None:
    await arrive(folder, 1, 2, 3, uidnext=10)
    await folder.take_in({}, {}, failed=[4, 5])
    account.events.clear()
    assert await folder.keep(UidSet([(2, 2), (5, 7), (10, 12)])) == UidSet([(6, 7)])
    assert told(account) == [("messageDeleted", 1), ("messageDeleted", 3)]
    assert list(folder.row.missing) == [5]


async def test_a_scan_is_silent_and_goes_on_where_it_was(account: MemoryAccount) -> None:
    folder = account.folder()
    await folder.begin(opening(exists=4))
    await folder.scan({1: SEEN, 2: NONE}, 2)
    again = account.folder()
    assert (again.row.scanned, again.row.messages) == (2, 2)
    await again.scan({3: NONE}, 4)
    assert account.events == []
    assert await again.known_uids() == UidSet([(1, 3)])


async def test_what_is_so_already_is_not_written(account: MemoryAccount, folder: FolderLedger) -> None:
    writes = 0
    write = account.write

    async def counted(work: Any, **options: Any) -> Any:
        nonlocal writes
        writes += 1
        return await write(work, **options)

    account.write = counted  # type: ignore[method-assign]
    await folder.settle(troubles=0, parked_until=None)
    assert writes == 0
    await folder.settle(troubles=1, parked_until=None)
    assert (writes, account.folder().row.troubles) == (1, 1)


async def test_a_number_that_settles_late_is_known_late(folder: FolderLedger) -> None:
    await folder.settle(highestmodseq=5)
    folder.late_modseq = 8
    assert (folder.known.highestmodseq, folder.known_late.highestmodseq) == (5, 8)
