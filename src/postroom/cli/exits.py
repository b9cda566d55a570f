"""The exit statuses of the commands, and the error of a command that carries one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from postroom.errors import PostroomError

__all__ = ["CommandLineError", "ExitStatus", "together"]


class ExitStatus(IntEnum):
    """How a command ended. docs/cli.md has the same table."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    UNAVAILABLE = 5
    PARTLY = 6
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


class CommandLineError(PostroomError):
    """A command failed; the message says why and what to do."""

    code = "CommandLineError"

    def __init__(self, message: str, status: ExitStatus = ExitStatus.FAILED) -> None:
        super().__init__(message)
        self.status = status


def together(each: Iterable[ExitStatus]) -> ExitStatus:
    """Return the status of a command that did several things, from the status of each."""
    found = set(each)
    failures = found - {ExitStatus.OK}
    if not failures:
        return ExitStatus.OK
    if failures != found:
        return ExitStatus.PARTLY
    return failures.pop() if len(failures) == 1 else ExitStatus.FAILED
