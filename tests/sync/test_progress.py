"""How far a sync has come."""

from __future__ import annotations

from postroom.sync.progress import MILESTONE_EVERY, FolderError, Progress


def test_progress_is_written_at_a_bounded_rate_and_at_the_end() -> None:
    progress = Progress(folders_total=2)
    first = progress.to_write(10_000)
    assert first == {"folders": {"done": 0, "total": 2}, "messages": {"done": 0, "total": 0}}
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
    assert progress.document()["messages"] == {"done": 3, "total": 15}
    progress.messages_done = 20
    assert progress.document()["messages"] == {"done": 20, "total": 20}


def test_an_error_is_shown_until_the_folder_is_well() -> None:
    error: FolderError = {"path": "a", "time": "2026-01-01T00:00:00.000Z", "error": "NO"}
    progress = Progress(error=error)
    progress.forgive("b")
    assert progress.document()["error"] == error
    progress.forgive("a")
    assert "error" not in progress.document()


def test_a_long_first_sync_is_noted_in_the_timeline_now_and_then() -> None:
    progress = Progress(folders_total=2, messages_done=5, expected={"a": 10})
    assert progress.milestone(1000) is None
    assert progress.milestone(1000 + MILESTONE_EVERY) == "syncing: 5 of 10 messages, 0 of 2 folders"
    progress.passed_milestone(1000 + MILESTONE_EVERY)
    assert progress.milestone(2000 + MILESTONE_EVERY) is None
    progress.folders_done = 2
    assert progress.milestone(10 * MILESTONE_EVERY) is None
