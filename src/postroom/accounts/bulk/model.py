"""An action on many accounts and how far it has come. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

__all__ = ["BulkAction", "BulkItem", "BulkJob", "JobNotFound", "NothingMatches", "OtherNumber"]


class BulkAction(StrEnum):
    """What is done to each account."""

    RECONNECT = "reconnect"
    DISCONNECT = "disconnect"
    DELETE = "delete"


class JobNotFound(Permanent):
    """There is no such action; finished ones are forgotten after a week."""

    code = "JobNotFound"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class NothingMatches(Permanent):
    """No account matches, so there is nothing to do."""

    code = "NothingMatches"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class OtherNumber(Permanent):
    """The number of matching accounts is no longer the one that was confirmed. Nothing was done."""

    code = "OtherNumber"

    def __init__(self, number: int) -> None:
        super().__init__(self.__doc__ or "")
        self.number = number


@dataclass(frozen=True, slots=True)
class BulkJob:
    """One action. `position` is the number of accounts that were dealt with, `failed` of them without success.

    `wish` says in words which accounts were asked for. Times are milliseconds since 1970.
    """

    id: str
    action: BulkAction
    wish: str
    asked_by: str
    total: int
    position: int
    failed: int
    stopped: bool
    created_at: int
    finished_at: int | None

    @property
    def is_running(self) -> bool:
        """Whether accounts are still to be dealt with."""
        return self.finished_at is None

    @property
    def percent(self) -> int:
        """How much is done; 100 only when everything is."""
        return 100 if self.position >= self.total else self.position * 100 // self.total

    @property
    def left(self) -> int:
        """The number of accounts that are still to be dealt with, or were left out when it was stopped."""
        return self.total - self.position


class BulkItem(NamedTuple):
    """One account of an action; `error` says why it failed."""

    place: int
    account: str
    error: str | None = None
