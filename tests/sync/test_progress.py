"""How far a sync has come."""

from __future__ import annotations

from postroom.accounts.known.sync_told import Counted, FolderError, SyncTold
from postroom.sync.progress import MILESTONE_EVERY, WRITE_EVERY, Progress


def test_progress_is_written_at_a_bounded_rate_and_at_the_end() -> None:
    progress = Progress(folders_total=2)
    first = progress.to_write(10_000)
    assert first == SyncTold(Counted(0, 2), Counted(0, 0))
    progress.written(10_000, first)
    progress.messages_done = 100
    assert progress.to_write(10_500) is None
    assert progress.to_write(11_000) is not None
    progress.folders_done = 2
    last = progress.to_write(10_600)
    assert last is not None
    progress.written(10_600, last)
    assert progress.to_write(99_000) is None


def test_the_total_is_what_is_expected_of_each_folder_and_never_less_than_what_was_done() -> None:
    progress = Progress(folders_total=2, expected={"a": 10, "b": 5}, messages_done=3)
    assert progress.told().messages == Counted(3, 15)
    progress.messages_done = 20
    assert progress.told().messages == Counted(20, 20)


def test_an_error_is_shown_until_the_folder_is_well() -> None:
    error = FolderError("a", "2026-01-31T12:00:00.000Z", "no")
    progress = Progress(error=error)
    progress.forgive("b")
    assert progress.told().error == error
    progress.forgive("a")
    assert progress.told().error is None


def test_a_long_first_sync_is_noted_in_the_timeline_now_and_then() -> None:
    progress = Progress(folders_total=2, messages_done=5, expected={"a": 10})
    assert progress.milestone(1000) is None
    assert (
        progress.milestone(1000 + MILESTONE_EVERY) == "syncing: 0 of 2 folders in sync, first reading: 5 of 10 messages"
    )
    progress.passed_milestone(1000 + MILESTONE_EVERY)
    assert progress.milestone(2000 + MILESTONE_EVERY) is None
    progress.folders_done = 2
    assert progress.milestone(10 * MILESTONE_EVERY) is None


def test_the_progress_of_a_short_first_sync_is_not_written_before_its_end() -> None:
    progress = Progress()
    progress.begins(50_000)
    progress.folders_total = 2
    assert progress.to_write(50_000 + WRITE_EVERY - 1) is None
    assert progress.to_write(50_000 + WRITE_EVERY) is not None
    progress.folders_done = 2
    assert progress.to_write(50_001) is not None
