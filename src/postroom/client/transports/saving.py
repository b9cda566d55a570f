"""Saves a download: into a part file that nobody else writes, which then takes its place when it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from postroom.client.attached import Attached, places_of

__all__ = ["Saving", "saving"]


@dataclass(slots=True)
class Saving:
    """A file that is being written. `place` is where it stands in the end, once `finish` was called."""

    part: Path
    written: IO[bytes] = field(repr=False)
    target: Path
    attached: Attached

    def finish(self) -> Path:
        """Put the whole file in its place, and return that. In a folder it takes no other file's place."""
        self.written.close()
        place = self.target
        if self.target.is_dir():
            # The name comes from whoever wrote the mail, so it decides about no file that is there.
            free = (each for each in places_of(self.target, self.attached) if not os.path.lexists(each))
            place = Path(next(free))
        self.part.replace(place)
        return place


@contextmanager
def saving(target: str | os.PathLike[str], attached: Attached) -> Iterator[Saving]:
    """Begin to save a download at a path, or under its own name in a folder. What is not finished is removed."""
    place = Path(target)
    folder = place if place.is_dir() else place.parent
    descriptor, name = tempfile.mkstemp(suffix=".part", prefix=".postroom-", dir=folder)
    part = Path(name)
    try:
        with open(descriptor, "wb") as written:
            yield Saving(part, written, place, attached)
    finally:
        part.unlink(missing_ok=True)
