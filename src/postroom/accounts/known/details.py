"""The detail of a line of the timeline: an error, or a note of changed settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from postroom.accounts.known.last_error import LastError
from postroom.accounts.rights.exposure import MovedSetting
from postroom.footprint.dataclass import dataclass

__all__ = ["Detail", "SettingsNote", "detail_of"]

_CHANGES: Final = "changes"


@dataclass(frozen=True, slots=True)
class SettingsNote:
    """The settings that lead elsewhere than before. A line with such a note reports no change of the state."""

    changes: tuple[MovedSetting, ...]

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> SettingsNote:
        """Read the stored object."""
        found = row.get(_CHANGES) or ()
        return cls(tuple(MovedSetting(each["field"], each.get("before"), each.get("after")) for each in found))

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored and shown."""
        return {_CHANGES: [each._asdict() for each in self.changes]}


Detail: TypeAlias = LastError | SettingsNote


def detail_of(row: Mapping[str, Any] | None) -> Detail | None:
    """Read the stored detail of a line."""
    if row is None:
        return None
    return SettingsNote.of_row(row) if _CHANGES in row else LastError.of_row(row)
