"""Whatever a server can do, the same events come out: random histories, told in three ways."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.events.types import Event
from postroom.imap.errors import CommandFailed
from postroom.mail.flags import Flags
from postroom.sync.folder.plan import Way
from tests.sync.memory_account import MemoryAccount, folder_sync, memory_database
from tests.sync.model_server import ModelFolder, ModelQuestions, flag_set, news_since

pytestmark = pytest.mark.long

flags = st.frozensets(st.sampled_from(["\\Seen", "\\Flagged", "todo"]), max_size=2).map(lambda each: flag_set(*each))
acts = st.one_of(
    st.tuples(st.just("append"), flags),
    st.tuples(st.just("change"), st.integers(0, 50), flags),
    st.tuples(st.just("expunge"), st.integers(0, 50)),
)
# What happens between two looks of ours, and whether the second look is at a folder that stayed open.
steps = st.tuples(st.lists(acts, max_size=5), st.booleans())
histories = st.lists(steps, min_size=1, max_size=8)
engine = memory_database()


def happen(folder: ModelFolder, done: list[tuple[Any, ...]]) -> None:
    for name, *arguments in done:
        getattr(folder, name)(*arguments)


def replayed(events: list[Event]) -> dict[int, Flags]:
    """The flags by UID that somebody knows who has read these events alone."""
    contents: dict[int, Flags] = {}
    for event in events:
        data: Any = event.data()
        if event.name == "messageNew":
            assert data["uid"] not in contents
            contents[data["uid"]] = frozenset(data["flags"])
        elif event.name == "messageUpdated":
            change = data["changes"]["flags"]
            before = contents[data["uid"]]
            contents[data["uid"]] = before - set(change.get("deleted", ())) | set(change.get("added", ()))
            assert contents[data["uid"]] == set(change["value"])
        elif event.name == "messageDeleted":
            del contents[data["uid"]]
        else:
            raise AssertionError(event)
    return contents


async def follow(way: Way, history: list[Any], refusals: list[int | None]) -> tuple[list[list[Event]], ModelFolder]:
    """Keep up with a history; return the events of each look. `refusals` say which question of a look is refused."""
    account, folder = MemoryAccount(engine), ModelFolder()
    looks: list[list[Event]] = []
    stays_open = False
    for at, (done, wants_live) in enumerate(history):
        before = deepcopy(folder)
        happen(folder, done)
        count = len(account.events)
        refusal = refusals[at] if at < len(refusals) else None
        sync = folder_sync(account.folder(), ModelQuestions(folder, refusal), way)
        try:
            if wants_live and stays_open:
                await sync.heard(news_since(before, folder, way))
            else:
                await sync.opened(folder.told(way), scan_due=True)
            stays_open = True
        except CommandFailed:
            stays_open = False
        looks.append(account.events[count:])
    count = len(account.events)
    sync = folder_sync(account.folder(), ModelQuestions(folder), way)
    await sync.opened(folder.told(way), scan_due=True)
    assert sync.is_settled
    return [*looks, account.events[count:]], folder


def comparable(look: list[Event]) -> list[tuple[str, str]]:
    return sorted((event.name, str(event.data())) for event in look)


@settings(max_examples=60, deadline=None)
@given(histories)
def test_three_ways_give_the_same_events(history: list[Any]) -> None:
    results = [asyncio.run(follow(way, history, [])) for way in Way]
    expected = [comparable(look) for look in results[0][0]]
    for looks, folder in results:
        assert [comparable(look) for look in looks] == expected
        assert replayed([event for look in looks for event in look]) == folder.flags


@settings(max_examples=60, deadline=None)
@given(histories, st.lists(st.none() | st.integers(0, 6), max_size=8), st.sampled_from(Way))
def test_nothing_is_lost_or_doubled_when_questions_are_refused(
    history: list[Any], refusals: list[int | None], way: Way
) -> None:
    looks, folder = asyncio.run(follow(way, history, refusals))
    assert replayed([event for look in looks for event in look]) == folder.flags


@settings(max_examples=40, deadline=None)
@given(histories)
def test_large_folders_are_read_in_parts_with_the_same_outcome(history: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("folder_sync._DELTA_WINDOW", 2), ("folder_sync.WINDOW", 2), ("arrivals.BATCH", 1)):
            patch.setattr(f"postroom.sync.folder.{name}", size)
        results = [asyncio.run(follow(way, history, [])) for way in Way]
    for looks, folder in results:
        assert replayed([event for look in looks for event in look]) == folder.flags
