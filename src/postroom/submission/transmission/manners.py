"""Remembers the hosts that offer PIPELINING and lose count of the commands. Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["Manners"]

_MOST: Final = 1000


class Manners:
    """The hosts that get one command at a time, for as long as the process runs."""

    def __init__(self) -> None:
        self._in_turn: dict[str, None] = {}

    def takes_in_turn(self, host: str) -> None:
        """Remember a host. Of very many, the oldest is forgotten."""
        self._in_turn[host] = None
        if len(self._in_turn) > _MOST:
            del self._in_turn[next(iter(self._in_turn))]

    def is_in_turn(self, host: str) -> bool:
        """Whether each command must wait for the answer to the one before."""
        return host in self._in_turn
