"""What to do about a folder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.sync.plan import CLOCK_SKEW, Cursor, Start, is_news, main_folder, search_day, special_use, start

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


@pytest.mark.parametrize(
    ("stored", "uidvalidity", "expected"),
    [
        (Cursor(None, None), 7, Start.FIRST),
        (Cursor(7, 10), 7, Start.GO_ON),
        (Cursor(7, 10), 8, Start.AFRESH),
        (Cursor(0, 10), None, Start.GO_ON),
        (Cursor(7, 10), None, Start.AFRESH),
    ],
)
def test_start(stored: Cursor, uidvalidity: int | None, expected: Start) -> None:
    assert start(stored, uidvalidity) is expected


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


FOLDERS = [("INBOX", "\\Inbox"), ("Gesendet", "\\Sent"), ("Archiv", None)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], "INBOX"),
        (["*"], "INBOX"),
        (["Archiv", "inbox"], "INBOX"),
        (["\\Inbox", "\\Sent"], "INBOX"),
        (["\\Sent"], "Gesendet"),
        (["Archiv", "Gesendet"], "Archiv"),
    ],
)
def test_main_folder(wanted: list[str], expected: str) -> None:
    assert main_folder(FOLDERS, wanted) == expected


def test_special_use_ignores_case_and_knows_inbox() -> None:
    assert special_use("Inbox", ()) == "\\Inbox"
    assert special_use("Sent", ("\\HasNoChildren", "\\sent")) == "\\Sent"
    assert special_use("Work", ("\\HasNoChildren",)) is None
