"""What is kept of what a server tells of its own accord, and how much of that there may be."""

from __future__ import annotations

from functools import partial

import pytest

from postroom.connections.clients.news import News, Unasked, light
from postroom.imap.limits import MOST_UNASKED, UNASKED_PER_SECOND, LimitExceeded
from postroom.imap.parsing.envelope import Envelope
from postroom.imap.responses import ExistsData, FetchData, ListData, StatusData, VanishedData
from postroom.imap.sets import UidSet


@pytest.mark.parametrize(
    "news",
    [
        ExistsData(5),
        FetchData(1, uid=7, flags=frozenset({"\\Seen"}), modseq=9),
        VanishedData(False, UidSet([(1, 5)])),
        StatusData("INBOX", {"MESSAGES": 1}),
        ListData(frozenset(), "/", "a", b"a"),
    ],
)
def test_ordinary_news_stay_as_they_are(news: News) -> None:
    assert light(news) == news


def test_contents_are_not_kept() -> None:
    heavy = FetchData(1, 7, frozenset({"a"}), envelope=Envelope(), modseq=9, sections={"": b"x"}, extra={"X": b"y"})
    assert light(heavy) == FetchData(1, 7, frozenset({"a"}), modseq=9)
    assert light(FetchData(1, 7, frozenset(map(str, range(1000))))) == FetchData(1, 7)


def test_what_is_absurdly_long_is_cut_or_left_out() -> None:
    sparse = VanishedData(False, UidSet.from_iterable(range(1, 10_000, 2)))
    assert light(sparse) == VanishedData(False, UidSet([(1, 9999)]))
    assert light(StatusData("x" * 10_000, {"MESSAGES": 1})) is None
    assert light(StatusData("a", {str(number): number for number in range(100)})) is None
    assert light(ListData(frozenset(), "/", "a", b"a" * 10_000)) is None


def test_a_burst_is_honest_and_a_stream_without_end_is_not() -> None:
    unasked = Unasked()
    unasked.count(100_000, lambda: 1000.0)
    with pytest.raises(LimitExceeded, match="that nobody had asked for"):
        unasked.count(100_000 + MOST_UNASKED, lambda: 1001.0)


def test_what_comes_slowly_may_go_on_for_ever() -> None:
    unasked = Unasked()
    for second in range(1, 1000):
        unasked.count(second * UNASKED_PER_SECOND, partial(float, second))
