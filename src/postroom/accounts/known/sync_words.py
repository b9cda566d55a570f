"""What is said of the progress of a sync: to a terminal, on a page, in the timeline. Pure."""

from __future__ import annotations

__all__ = ["progress_in_words"]


def progress_in_words(folders: tuple[int, int], messages: tuple[int, int]) -> str:
    """Return how far a sync has come, from (done, total) of each.

    Folders are counted anew over each connection. Messages count only while folders are read for the first time, so
    they say nothing of the folders that were read over an earlier connection.
    """
    said = "{:,} of {:,} folders in sync".format(*folders)
    done, total = messages
    return f"{said}, first reading: {done:,} of {total:,} messages" if total else said
