"""Lines of a protocol log as they are stored and shown: JSON, one object per line, in pieces of bounded size. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import orjson

from postroom.clock import iso
from postroom.connections.transcripts.tap import SpokenLine
from postroom.footprint.dataclass import dataclass

__all__ = ["LARGEST", "MOST_LINES", "LogPiece", "begun", "in_order", "longer", "written"]

MOST_LINES: Final = 256
LARGEST: Final = 16 * 1024
"""Octets. A process keeps a piece in memory until it has this many, or 256 lines."""

_TIME: Final = slice(len('{"time":"'), len('{"time":"2026-01-31T12:00:00.000Z'))


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Some lines of one account, heard by one process. `id` sorts by the time of the first line (milliseconds)."""

    id: str
    until: int
    lines: tuple[str, ...]
    octets: int

    @property
    def is_full(self) -> bool:
        """Whether further lines go into another piece."""
        return len(self.lines) >= MOST_LINES or self.octets >= LARGEST

    @property
    def body(self) -> str:
        """The lines as they are stored."""
        return "\n".join(self.lines)


def written(line: SpokenLine, node: str) -> str:
    """Return a line as it is stored and shown: a JSON object that begins with the time."""
    shown = {"time": iso(line.at), "node": node, "session": line.session, "protocol": line.protocol}
    return orjson.dumps({**shown, "kind": line.kind, "text": line.text}).decode()


def begun(at: int, made_by: str) -> LogPiece:
    """Return an empty piece; `made_by` tells the pieces of a moment apart."""
    return LogPiece(f"{at:015d}-{made_by}", at, (), 0)


def longer(piece: LogPiece, lines: Sequence[str], until: int) -> LogPiece:
    """Return a piece with more lines."""
    octets = piece.octets + sum(len(line.encode()) + 1 for line in lines)
    return replace(piece, lines=(*piece.lines, *lines), octets=octets, until=max(piece.until, until))


def in_order(bodies: Iterable[str]) -> list[str]:
    """Return the lines of pieces, which several processes may have made at the same time, oldest first."""
    return sorted((line for body in bodies for line in body.split("\n") if line), key=lambda line: line[_TIME])
