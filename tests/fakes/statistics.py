"""What a fake server has seen, for assertions: an event log and the counts drawn from it."""

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
    """Every happening in order. `login` and `refused` carry the user, `command` the command's name."""

    happenings: list[Happening] = field(default_factory=list)
    open_connections: int = 0
    most_open_connections: int = 0

    def record(self, kind: Kind, connection: int, detail: str = "") -> None:
        """Add a happening of now."""
        self.happenings.append(Happening(kind, connection, time.monotonic(), detail))
        self.open_connections += {"connect": 1, "close": -1}.get(kind, 0)
        self.most_open_connections = max(self.most_open_connections, self.open_connections)

    def times(self, kind: Kind, detail: str | None = None) -> list[float]:
        """When it happened, in seconds of `time.monotonic()`."""
        return [item.at for item in self.happenings if item.kind == kind and detail in (None, item.detail)]

    def count(self, kind: Kind, detail: str | None = None) -> int:
        """How often it happened."""
        return len(self.times(kind, detail))

    @property
    def connections(self) -> int:
        """Connections accepted, ever."""
        return self.count("connect")

    @property
    def logins(self) -> int:
        """Logins accepted, ever."""
        return self.count("login")

    @property
    def refused_logins(self) -> int:
        """Logins refused, ever."""
        return self.count("refused")

    def commands(self, connection: int | None = None) -> list[str]:
        """The names of the commands received (`UID FETCH` and so on), of one connection or of all."""
        return [
            item.detail for item in self.happenings if item.kind == "command" and connection in (None, item.connection)
        ]
