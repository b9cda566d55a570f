"""How far the sync of an account has come, as it is stored and shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.members import unknown_members
from postroom.accounts.lifecycle import State
from postroom.footprint.dataclass import dataclass

_MEMBERS: Final = frozenset({"folders", "messages", "error", "unknown", "subconnections", "unlisted", "leftOut"})


class Counted(NamedTuple):
    """How many of something are done, of how many. A tuple, because one is made for every batch of messages."""

    done: int
    total: int

    @classmethod
    def of_row(cls, row: Mapping[str, Any] | None) -> Counted:
        """Read the stored object; nothing is done of nothing when it is missing."""
        return cls(row.get("done", 0), row.get("total", 0)) if row else NOTHING_COUNTED

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored and shown."""
        return {"done": self.done, "total": self.total}


NOTHING_COUNTED: Final = Counted(0, 0)


@dataclass(frozen=True, slots=True)
class FolderError:
    """The last error with a folder; `time` is ISO 8601."""

    path: str
    time: str
    error: str

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> FolderError:
        """Read the stored object."""
        return cls(row.get("path", ""), row.get("time", ""), row.get("error", ""))

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored and shown."""
        return {"path": self.path, "time": self.time, "error": self.error}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Folders that are listed and not followed.

    `unusable` counts those whose names nobody can send or store, `beyond` those over the limit. `names` are the first
    of the unusable ones, as the server writes them.
    """

    unusable: int
    beyond: int
    names: tuple[str, ...] = ()

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> LeftOut:
        """Read the stored object."""
        return cls(row.get("unusable", 0), row.get("beyondLimit", 0), tuple(row.get("names") or ()))

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored and shown."""
        return {"unusable": self.unusable, "beyondLimit": self.beyond, "names": list(self.names)}


@dataclass(frozen=True, slots=True)
class Subconnection:
    """A folder's own connection. `state` is None in rows that don't tell it; `next_attempt` is ISO 8601."""

    path: str
    state: State | None
    last_error: LastError | None = None
    next_attempt: str | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Subconnection:
        """Read the stored object."""
        state, error = row.get("state"), row.get("lastError")
        return cls(
            row.get("path", ""),
            None if state is None else State(state),
            None if error is None else LastError.of_row(error),
            row.get("nextAttempt"),
        )

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored and shown."""
        return {
            "path": self.path,
            "state": None if self.state is None else self.state.value,
            "lastError": None if self.last_error is None else self.last_error.as_row(),
            "nextAttempt": self.next_attempt,
        }


class SyncTold(NamedTuple):
    """The `sync` object of the API, with the last error with a folder, which the API shows as `syncError`.

    `folders` and `messages` count first scans. `unknown` are folders that the settings name and the server does not
    have. `unlisted` says that the server listed no folders.
    """

    folders: Counted = NOTHING_COUNTED
    messages: Counted = NOTHING_COUNTED
    error: FolderError | None = None
    unknown: Sequence[str] = ()
    subconnections: tuple[Subconnection, ...] = ()
    unlisted: bool = False
    left_out: LeftOut | None = None
    others: Mapping[str, object] | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> SyncTold:
        """Read the stored object."""
        get = row.get
        error, unknown, own, left_out = get("error"), get("unknown"), get("subconnections"), get("leftOut")
        return cls(
            Counted.of_row(get("folders")),
            Counted.of_row(get("messages")),
            FolderError.of_row(error) if error else None,
            tuple(unknown) if unknown else (),
            tuple(Subconnection.of_row(each) for each in own) if own else (),
            bool(get("unlisted")),
            LeftOut.of_row(left_out) if left_out else None,
            unknown_members(row, _MEMBERS),
        )

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored."""
        row: dict[str, object] = {"folders": self.folders.as_row(), "messages": self.messages.as_row()}
        if self.error is not None:
            row["error"] = self.error.as_row()
        if self.unknown:
            row["unknown"] = self.unknown
        if self.subconnections:
            row["subconnections"] = [each.as_row() for each in self.subconnections]
        if self.unlisted:
            row["unlisted"] = True
        if self.left_out is not None:
            row["leftOut"] = self.left_out.as_row()
        if self.others is not None:
            row |= self.others
        return row
