"""The result file of an import: one line for each account, written at once, and read when the import goes on.

Each line is a JSON object. The first one names the gateway. The others have `line`, `account`, `result` (`registered`,
`updated`, `existed`, `failed`, `invalid`), `time`, and for a failure `code` and `message`. No secret is in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.entering import parsed
from postroom.footprint.dataclass import dataclass

__all__ = ["DONE", "ImportOutcome", "OutcomeKind", "ResultFile", "demand_results", "done_before"]


class OutcomeKind(StrEnum):
    """What became of an account."""

    REGISTERED = "registered"
    UPDATED = "updated"
    EXISTED = "existed"
    FAILED = "failed"
    INVALID = "invalid"


DONE: Final = frozenset({OutcomeKind.REGISTERED, OutcomeKind.UPDATED, OutcomeKind.EXISTED})
"""An account with one of these is not tried again."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of one line. `message` says why it failed."""

    line: int
    account: str
    kind: OutcomeKind
    code: str = ""
    message: str = ""

    def as_json(self) -> Mapping[str, object]:
        """Return the line of the result file, without what is not known."""
        told = {"line": self.line, "account": self.account, "result": self.kind.value, "time": _now()}
        return {**told, **{name: value for name, value in (("code", self.code), ("message", self.message)) if value}}


class ResultFile:
    """The open result file. Every line is with the system before the next account begins."""

    def __init__(self, path: Path, gateway: str, *, anew: bool) -> None:
        self._path = path
        self._gateway = gateway
        self._anew = anew
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        # The names of accounts are nobody else's business.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if self._anew else 0)
        self._file = os.fdopen(os.open(self._path, flags, 0o600), "a", encoding="utf-8")
        if self._file.tell() == 0:
            self._write({"gateway": self._gateway, "time": _now()})
        elif not self._path.read_bytes().endswith(b"\n"):
            # The line that was being written when the import was killed.
            self._file.write("\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, outcome: ImportOutcome) -> None:
        """Write what became of an account."""
        self._write(outcome.as_json())

    def _write(self, value: Mapping[str, object]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(value) + "\n")
        self._file.flush()


def demand_results(path: Path) -> None:
    """Raise CommandLineError for a file that has no results, so that no other file is overwritten."""
    _earlier(path)


def done_before(path: Path, gateway: str, *, update: bool = False) -> frozenset[str]:
    """Return the accounts that an earlier import has dealt with, none when there is no result file.

    With `update`, those that were only found to exist are still to be updated. Raises CommandLineError for the results
    of another gateway, and for a file that has no results.
    """
    values = _earlier(path)
    if values and values[0]["gateway"] != gateway:
        raise CommandLineError(
            f"{path} has the results of an import to {values[0]['gateway']}. Name another file by --results, or begin "
            "anew with --again.",
            ExitStatus.USAGE,
        )
    done = DONE - {OutcomeKind.EXISTED} if update else DONE
    return frozenset(str(value["account"]) for value in values if value.get("result") in done and "account" in value)


def _earlier(path: Path) -> list[Mapping[str, object]]:
    """Return the lines of a result file, none when there is none. The first one names the gateway."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CommandLineError(f"The results {path} cannot be read: {error.strerror}.") from error
    values = [value for line in lines if (value := _object(line)) is not None]
    if lines and (not values or not isinstance(values[0].get("gateway"), str)):
        raise CommandLineError(f"{path} has no results of an import. Name another file by --results.", ExitStatus.USAGE)
    return values


def _object(line: str) -> Mapping[str, object] | None:
    """Return the object in a line, None for one that was cut off by the end of an import."""
    try:
        value = parsed(line)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
