"""What news are worth."""

from __future__ import annotations

from postroom.imap.responses import ExistsData, ExpungeData, FetchData, ListData, StatusData, VanishedData
from postroom.imap.sets import UidSet
from postroom.sync.folder.plan import Told
from postroom.sync.news import NEWS_KEPT, News, read_news, told_by_status


def test_no_news_raise_nothing() -> None:
    hints = read_news([])
    assert not hints.of_selected
    assert not hints.others
    assert not hints.folders


def test_news_of_the_open_folder() -> None:
    assert read_news([ExistsData(3)]).arrivals
    assert read_news([ExpungeData(1)]).gone
    assert read_news([VanishedData(earlier=False, uids=UidSet([(1, 2)]))]).gone
    hints = read_news([FetchData(1, 100), FetchData(2)])
    assert hints.flags
    assert (list(hints.uids), list(hints.numbers)) == ([100], [2])


def test_sequence_numbers_move_when_messages_before_them_go() -> None:
    news: list[News] = [FetchData(2), FetchData(5), ExpungeData(2), FetchData(7), ExpungeData(1)]
    assert list(read_news(news).numbers) == [3, 6]
    assert list(read_news([FetchData(2), VanishedData(earlier=False, uids=UidSet([(9, 9)]))]).numbers) == []


def test_news_of_other_folders() -> None:
    listed = ListData(frozenset(), "/", "new", b"new")
    hints = read_news([StatusData("inbox", {"MESSAGES": 1, "UIDNEXT": 2}), listed])
    assert hints.others == {"INBOX": Told(None, 2, None, 1)}
    assert hints.folders
    assert not hints.of_selected


def test_counters_of_a_folder_that_is_not_listed_say_that_the_list_changed() -> None:
    hints = read_news([StatusData("new", {"MESSAGES": 1}, raw_name=b"new")], lambda _: None)
    assert (hints.others, hints.folders) == ({}, True)


def test_so_many_news_that_some_were_dropped() -> None:
    news: list[News] = [FetchData(number) for number in range(1, NEWS_KEPT + 1)]
    assert read_news(news).too_many
    assert not read_news(news[1:]).too_many


def test_senseless_counters_count_as_untold() -> None:
    told = told_by_status(StatusData("a", {"MESSAGES": -1, "UIDNEXT": 5, "HIGHESTMODSEQ": 2**64}))
    assert told == Told(None, 5, None, None)
