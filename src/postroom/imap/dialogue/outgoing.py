"""Commands on their way to the server: in the queue, half written, or in flight.

A command is written when its answers cannot be confused with those of commands in flight (see `Command.claims`). A
command with a synchronizing literal stops in the middle until the server says `+`, and nothing else is written
meanwhile. Containers are made when first needed: most connections sit in IDLE with one command and nothing queued.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

from postroom.imap.capabilities import supports
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.command import Command
from postroom.imap.dialogue.shown import NOBODY, ListensIn
from postroom.imap.encode import Literal
from postroom.imap.responses import EsearchData, Response
from postroom.imap.states import SessionState, move

__all__ = ["Outgoing"]

_LITERAL_MINUS_LIMIT: Final = 4096
"""Octets a non-synchronizing literal may have under LITERAL- (RFC 7888 section 5)."""


class Outgoing:
    """The tags, the queue and the octets of one session. `listener` is told of each command."""

    __slots__ = ("_buffer", "_in_flight", "_rest", "_tags_used", "_waiting", "listener")

    def __init__(self) -> None:
        self._buffer: list[bytes] = []
        self._waiting: deque[Command[Any]] | None = None
        self._in_flight: dict[str, Command[Any]] = {}
        self._rest: Chunks | None = None
        self._tags_used = 0
        self.listener: ListensIn = NOBODY

    @property
    def in_flight(self) -> Iterator[Command[Any]]:
        """The commands that the server still has to answer, oldest first."""
        return iter(self._in_flight.values())

    @property
    def any_in_flight(self) -> bool:
        """Whether the server still has a command to answer."""
        return bool(self._in_flight)

    @property
    def unanswered(self) -> tuple[Command[Any], ...]:
        """The commands in flight, then the queued ones, in the order sent."""
        return (*self._in_flight.values(), *(self._waiting or ()))

    @property
    def next_waiting(self) -> Command[Any] | None:
        """The command whose turn comes next."""
        return self._waiting[0] if self._waiting else None

    @property
    def waits_for_literal(self) -> bool:
        """Whether a command is half written and waits for the server's `+`."""
        return self._rest is not None

    def expected_state(self, state: SessionState) -> SessionState:
        """The state once everything sent and queued has succeeded."""
        for command in self.unanswered:
            if command.trigger is not None:
                state = move(state, command.trigger)
        return state

    def queue(self, command: Command[Any]) -> None:
        """Put the command at the end of the queue."""
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(command)

    def drop_next(self) -> None:
        """Take the next waiting command out of the queue."""
        if self._waiting:
            self._waiting.popleft()
        if not self._waiting:
            self._waiting = None

    def may_write_next(self) -> bool:
        """Whether the next command can be written without making the server's answers ambiguous."""
        if not self._waiting or self._rest is not None:
            return False
        claims = self._waiting[0].claims
        return all(
            claims is not None and other.claims is not None and claims.isdisjoint(other.claims)
            for other in self.in_flight
        )

    def write_next(self, chunks: Chunks, capabilities: frozenset[str]) -> None:
        """Write the next queued command up to its first synchronizing literal."""
        if not self._waiting:
            return
        command = self._waiting[0]
        self.drop_next()
        self._tags_used += 1
        tag = f"a{self._tags_used}"
        self.listener.writes(tag, command.name, chunks, is_alone=not self._in_flight)
        self._in_flight[tag] = command
        self._write([tag.encode("ascii") + b" ", *chunks, b"\r\n"], capabilities)

    def continue_literal(self, capabilities: frozenset[str]) -> None:
        """The server said `+`: write the literal that was announced and what follows it."""
        rest, self._rest = self._rest, None
        if rest:
            literal = rest.pop(0)
            self._buffer.append(literal.data if isinstance(literal, Literal) else literal)
            self._write(rest, capabilities)

    def write(self, octets: bytes) -> None:
        """Write octets that belong to the command in flight: a SASL response or DONE."""
        if octets:
            self._buffer.append(octets)
            self.listener.answers(octets)

    def finish(self, tag: str) -> Command[Any] | None:
        """The command with this tag, which is now answered; None if unknown. Its unsent literal is dropped."""
        command = self._in_flight.pop(tag, None)
        if command is not None and tag == f"a{self._tags_used}":
            self._rest = None
        return command

    def answered_by(self, response: Response) -> Iterable[Command[Any]]:
        """The commands in flight that a response may answer: an ESEARCH names the one, in any case of its letter."""
        if not isinstance(response, EsearchData) or response.tag is None:
            return self._in_flight.values()
        named = self._in_flight.get(response.tag.lower())
        return () if named is None else (named,)

    def was_used(self, tag: str) -> bool:
        """Whether a command with this tag was ever written."""
        return tag[:1] == "a" and tag[1:].isdecimal() and 0 < int(tag[1:]) <= self._tags_used

    def take_all(self) -> tuple[Command[Any], ...]:
        """Every unanswered command, oldest first. Nothing is left, and nothing more will be written."""
        commands = self.unanswered
        self._in_flight, self._waiting, self._rest = {}, None, None
        return commands

    def take_octets(self) -> list[bytes]:
        """The octets to write to the server now, in order; each is returned once."""
        buffer, self._buffer = self._buffer, []
        return buffer

    def _write(self, chunks: Chunks, capabilities: frozenset[str]) -> None:
        text = b""
        for position, chunk in enumerate(chunks):
            if not isinstance(chunk, Literal):
                text += chunk
                continue
            announcement, at_once = _announce(chunk, capabilities)
            self._buffer.append(text + announcement)
            if not at_once:
                self._rest = chunks[position:]
                return
            self._buffer.append(chunk.data)
            text = b""
        self._buffer.append(text)


def _announce(literal: Literal, capabilities: frozenset[str]) -> tuple[bytes, bool]:
    """The `{size}` line of a literal, and whether the literal may follow without waiting (RFC 7888)."""
    size = len(literal.data)
    at_once = "LITERAL+" in capabilities or (size <= _LITERAL_MINUS_LIMIT and supports(capabilities, "LITERAL-"))
    mark = b"~" if literal.binary else b""
    return mark + (b"{%d+}\r\n" if at_once else b"{%d}\r\n") % size, at_once
