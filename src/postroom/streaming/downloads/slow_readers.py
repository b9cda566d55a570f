"""How slowly a client may read a download: one that is slower keeps a session of the account from other calls. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from postroom.errors import Transient
from postroom.footprint.dataclass import dataclass

__all__ = ["SLOWEST", "SlowReader", "SlowestReader"]


class SlowReader(Transient):
    """The client reads too slowly."""

    code = "SlowReader"


@dataclass(frozen=True, slots=True)
class SlowestReader:
    """The most seconds that a client may take for one piece of about 128 KiB.

    They are `alone`, or `while_others_wait` if another call of the account waits for a session. A download is looked at
    each `interval` seconds.
    """

    alone: float
    while_others_wait: float
    interval: float = 1.0

    def check(self, seconds: float, gives_way: Callable[[], bool]) -> None:
        """Judge a client that has been reading a piece for so many seconds. Raises SlowReader.

        `gives_way` is asked only when the client would have to go if others wait.
        """
        if seconds > self.alone:
            raise SlowReader(f"The client has not read a piece of 128 KiB within {self.alone:.0f} seconds")
        if seconds > self.while_others_wait and gives_way():
            raise SlowReader(
                f"Another call waits for the session, and the client has not read a piece of 128 KiB within "
                f"{self.while_others_wait:.0f} seconds"
            )


SLOWEST: Final = SlowestReader(alone=120.0, while_others_wait=10.0)
"""About 1 KiB each second, and 12 KiB while others wait. Others may wait for 15 seconds by default."""
