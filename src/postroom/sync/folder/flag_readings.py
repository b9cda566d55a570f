"""When flags are read again on a server that does not report changed ones: at once, or window by window. Pure.

Flags may change while no connection is open. So each connection reads all flags again: in a folder of moderate size
at once, at the first visit, and in a larger one in windows, the newest messages first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.sets import UidSet

PACE: Final = 1000
"""Milliseconds from one window to the next. In between, the main folder is checked for news."""


@dataclass(slots=True)
class FlagReadings:
    """The readings of one connection, by folder id. Folders of up to `at_once` messages are read at once.

    Times are milliseconds of one clock.
    """

    at_once: int
    # Its keys. For most accounts it stays empty, and an empty dict takes less memory than an empty set.
    _read: dict[int, None] = field(default_factory=dict)
    _due: dict[int, int] = field(default_factory=dict)
    _windows: dict[int, list[UidSet]] = field(default_factory=dict)

    def is_small(self, messages: int) -> bool:
        """Whether a folder of this size is read at once."""
        return messages <= self.at_once

    def has_read(self, folder: int) -> bool:
        """Whether this connection has read all flags of the folder, or is reading them in windows."""
        return folder in self._read or folder in self._windows

    def is_under_way(self, folder: int) -> bool:
        """Whether the folder is being read in windows."""
        return folder in self._windows

    def done(self, folder: int) -> None:
        """Note that all flags of the folder have been read."""
        self.give_up(folder)
        self._read[folder] = None

    def give_up(self, folder: int) -> None:
        """Note that the folder cannot be read now. Its next visit starts again."""
        self._due.pop(folder, None)
        self._windows.pop(folder, None)

    def plan(self, folders: Iterable[int], now: int) -> None:
        """Plan to visit the folders that this connection has not read yet, one after the other."""
        later = [each for each in folders if not self.has_read(each)]
        self._due |= {folder: now + place * PACE for place, folder in enumerate(later)}

    def begin(self, folder: int, windows: Iterable[UidSet], now: int) -> None:
        """Read the folder in these windows, given from the oldest messages to the newest."""
        self._windows[folder] = list(windows)
        self._due[folder] = now

    def next_window(self, folder: int, now: int) -> UidSet | None:
        """Return the window to read now, None when none is due. An empty window means that all have been read."""
        windows = self._windows.get(folder)
        if windows is None or self._due.get(folder, now) > now:
            return None
        self._due[folder] = now + PACE
        return windows.pop() if windows else UidSet()

    def next_due(self, folder: int) -> int | None:
        """Return when to visit the folder for its flags, None when no visit is needed."""
        return self._due.get(folder)
