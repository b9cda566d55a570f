"""The observations of a fake server, for assertions: an event log and counts of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["connect", "command", "login", "refused", "logout", "close"]


@dataclass(frozen=True)
class Happening:
    """One thing that happened on one connection; `at` is `time.monotonic()`."""

    kind: Kind
    connection: int
    at: float
    detail: str = ""


@dataclass
class Statistics:
    """Every event in order. `login` and `refused` carry the user, `command` the command's name."""

    happenings: list[Happening] = field(default_factory=list)
    open_connections: int = 0
    most_open_connections: int = 0

    def record(self, kind: Kind, connection: int, detail: str = "") -> None:
        """Add an event with the current time."""
        self.happenings.append(Happening(kind, connection, time.monotonic(), detail))
        self.open_connections += {"connect": 1, "close": -1}.get(kind, 0)
        self.most_open_connections = max(self.most_open_connections, self.open_connections)

    def times(self, kind: Kind, detail: str | None = None) -> list[float]:
        """The times of such events, in seconds of `time.monotonic()`."""
        return [item.at for item in self.happenings if item.kind == kind and detail in (None, item.detail)]

    def count(self, kind: Kind, detail: str | None = None) -> int:
        """The number of such events."""
        return len(self.times(kind, detail))

    @property
    def connections(self) -> int:
        """The number of connections accepted so far."""
        return self.count("connect")

    @property
    def logins(self) -> int:
        """The number of logins accepted so far."""
        return self.count("login")

    @property
    def refused_logins(self) -> int:
        """The number of logins refused so far."""
        return self.count("refused")

    def commands(self, connection: int | None = None) -> list[str]:
        """The names of the commands received (such as `UID FETCH`), on one connection or on all."""
        return [
            item.detail for item in self.happenings if item.kind == "command" and connection in (None, item.connection)
        ]
