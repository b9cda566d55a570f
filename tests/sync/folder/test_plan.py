"""What to do about a folder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.sync.folder.plan import (
    CLOCK_SKEW,
    Changes,
    Known,
    Plan,
    Start,
    Told,
    Way,
    counts_disagree,
    decide,
    decide_live,
    is_news,
    next_cursor,
    search_day,
    start,
    way_of,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
KNOWN = Known(uidvalidity=7, uidnext=10, highestmodseq=50, messages=4)
TOLD = Told(uidvalidity=7, uidnext=10, highestmodseq=50, messages=4)
NOTHING = Plan(arrivals=False, changes=Changes.NONE, presence=False)


@pytest.mark.parametrize(
    ("known", "uidvalidity", "expected"),
    [
        (Known(), 7, Start.FIRST),
        (Known(7, 10), 7, Start.GO_ON),
        (Known(7, 10), 8, Start.AFRESH),
        (Known(0, 10), 0, Start.GO_ON),
        (Known(0, 10), 8, Start.AFRESH),
        (Known(7, 10), None, Start.GO_ON),
        (Known(7, 10), 0, Start.GO_ON),
        (Known(7, 10, messages=3, counted=2), 7, Start.LOST),
        (Known(lost=True), 7, Start.LOST),
    ],
)
def test_start(known: Known, uidvalidity: int | None, expected: Start) -> None:
    assert start(known, Told(uidvalidity=uidvalidity)) is expected


def test_the_best_way_a_server_offers() -> None:
    offered = frozenset({"CONDSTORE", "QRESYNC"})
    assert way_of(offered, frozenset({"QRESYNC"})) is Way.QRESYNC
    assert way_of(offered, frozenset()) is Way.CONDSTORE
    assert way_of(frozenset(), frozenset()) is Way.PLAIN
    assert way_of(offered, frozenset({"QRESYNC"}), trusts_modseq=False) is Way.PLAIN


@pytest.mark.parametrize("way", Way)
def test_nothing_is_asked_of_a_folder_in_which_nothing_happened(way: Way) -> None:
    assert decide(way, KNOWN, TOLD, scan_due=False) == NOTHING


@pytest.mark.parametrize(
    ("way", "told", "expected"),
    [
        (Way.QRESYNC, Told(7, 12, 50, 6), Plan(True, Changes.NONE, True)),
        (Way.QRESYNC, Told(7, 10, 51, 4), Plan(False, Changes.SINCE, False)),
        (Way.CONDSTORE, Told(7, 10, 51, 3), Plan(False, Changes.SINCE, True)),
        (Way.CONDSTORE, Told(7, 10, 49, 4), Plan(False, Changes.EVERY_FLAG, True)),
        (Way.CONDSTORE, Told(7, 10, None, 4), NOTHING),
        (Way.CONDSTORE, Told(7, 10, -1, 3), Plan(False, Changes.NONE, True)),
        (Way.PLAIN, Told(7, 10, 99, 4), NOTHING),
        (Way.PLAIN, Told(7, None, None, 4), Plan(True, Changes.NONE, False)),
        (Way.PLAIN, Told(7, 10, None, 5), Plan(True, Changes.NONE, True)),
    ],
)
def test_what_is_asked(way: Way, told: Told, expected: Plan) -> None:
    assert decide(way, KNOWN, told, scan_due=False) == expected


def test_a_server_without_mod_sequences_is_scanned_when_it_is_time() -> None:
    assert decide(Way.PLAIN, KNOWN, TOLD, scan_due=True) == Plan(False, Changes.EVERY_FLAG, True)
    # A server that offers CONDSTORE, but not in this folder (NOMODSEQ), is treated likewise.
    without = Told(7, 10, None, 4)
    assert decide(Way.CONDSTORE, KNOWN, without, scan_due=True) == Plan(False, Changes.EVERY_FLAG, True)


def test_messages_that_could_not_be_fetched_count_as_known_of() -> None:
    known = Known(7, 10, 50, messages=3, missing=1)
    assert decide(Way.QRESYNC, known, TOLD, scan_due=False) == NOTHING
    assert not counts_disagree(known, 4)
    assert counts_disagree(known, 3)


@pytest.mark.parametrize(
    ("way", "arrivals", "gone", "flags", "expected"),
    [
        (Way.QRESYNC, False, True, False, Plan(False, Changes.SINCE, False)),
        (Way.CONDSTORE, False, True, False, Plan(False, Changes.NONE, False)),
        (Way.PLAIN, False, True, False, Plan(False, Changes.NONE, True)),
        (Way.CONDSTORE, True, False, True, Plan(True, Changes.SINCE, False)),
        (Way.PLAIN, True, False, True, Plan(True, Changes.NONE, False)),
    ],
)
def test_what_news_lead_to(way: Way, arrivals: bool, gone: bool, flags: bool, expected: Plan) -> None:
    assert decide_live(way, arrivals=arrivals, gone=gone, flags=flags, known=KNOWN) == expected


def test_the_cursor_never_moves_back_and_believes_the_server_only_when_the_count_fits() -> None:
    assert next_cursor(10, 5, None, complete=True) == 10
    assert next_cursor(10, 20, 14, complete=True) == 20
    assert next_cursor(10, 20, 14, complete=False) == 15
    assert next_cursor(None, None, None, complete=True) == 1


def test_a_message_of_the_same_second_is_news() -> None:
    # Internal dates have whole seconds: a message that came 0.4 s after notifyFrom seems to be 0.5 s older.
    assert is_news(NOON, NOON_MS + 500, witnessed=False)
    assert not is_news(NOON, NOON_MS + 1000, witnessed=False)


def test_a_slow_server_clock_hides_nothing_that_was_seen_to_arrive() -> None:
    late = NOON_MS + CLOCK_SKEW * 1000
    assert is_news(NOON, late, witnessed=True)
    assert not is_news(NOON, late + 1000, witnessed=True)
    assert not is_news(NOON, late, witnessed=False)


def test_a_message_without_a_date_is_news_only_when_seen_to_arrive() -> None:
    assert is_news(None, NOON_MS, witnessed=True)
    assert not is_news(None, NOON_MS, witnessed=False)


def test_search_begins_a_day_early() -> None:
    assert search_day(NOON_MS).date() == datetime(2026, 2, 28, tzinfo=UTC).date()
