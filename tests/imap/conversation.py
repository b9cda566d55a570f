"""Plays a written conversation against the session: `S:` lines go in, `C:` lines must come out, nothing else may.

    S: * OK ready
    C: a1 NOOP
    S: a1 OK done

A line without prefix belongs to the line above it (a literal with line breaks). `TLS` stands for the TLS handshake and
`EOF` for the end of the stream. Lines the server sends in a row arrive in one piece, or octet by octet.
"""

from __future__ import annotations

import textwrap
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

from postroom.imap.commands.command import Command
from postroom.imap.commands.select import Select
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.dialogue.events import ByeReceived, Completed, ConnectionClosed, Event, Failed, GreetingReceived
from postroom.imap.dialogue.handshake import LoginPlan, Run, StartTls, WaitGreeting, handshake
from postroom.imap.errors import ImapError


class Actor(Protocol):
    """Whoever uses the connection."""

    def start(self, connection: ImapConnection) -> None: ...

    def asked_for_output(self, connection: ImapConnection) -> None: ...

    def saw(self, connection: ImapConnection, event: Event) -> None: ...

    def tls(self, connection: ImapConnection) -> None: ...


@dataclass
class Sends:
    """Sends its commands one by one, each when the script wants to see something; a method of theirs may be one too."""

    actions: list[Any]

    def start(self, connection: ImapConnection) -> None: ...

    def asked_for_output(self, connection: ImapConnection) -> None:
        assert self.actions, "the script expects more from the client than the test sends"
        action = self.actions.pop(0)
        if callable(action):
            action(connection)
        else:
            connection.send(action)

    def saw(self, connection: ImapConnection, event: Event) -> None: ...

    def tls(self, connection: ImapConnection) -> None:
        connection.tls_started()


@dataclass
class Drives:
    """Drives a generator of commands or of handshake steps, as the shell around the connection does."""

    generator: Generator[Any, Any, Any]
    result: Any = None
    error: ImapError | None = None
    step: Any = None
    done: bool = False

    def start(self, connection: ImapConnection) -> None:
        self._advance(connection, None)

    def asked_for_output(self, connection: ImapConnection) -> None: ...

    def saw(self, connection: ImapConnection, event: Event) -> None:
        match self.step, event:
            case WaitGreeting(), GreetingReceived() | ByeReceived() | ConnectionClosed():
                self._advance(connection, event)
            case _, Completed(command=command, result=result) if command is self._command():
                self._advance(connection, result)
            case _, Failed(command=command, error=error) if command is self._command():
                self._advance(connection, error)

    def tls(self, connection: ImapConnection) -> None:
        assert isinstance(self.step, StartTls), f"TLS is not what comes now, but {self.step}"
        connection.tls_started()
        self._advance(connection, None)

    def _command(self) -> Command[Any] | None:
        if isinstance(self.step, Run):
            return self.step.command
        return None if isinstance(self.step, WaitGreeting | StartTls) else self.step

    def _advance(self, connection: ImapConnection, value: Any) -> None:
        if self.done:
            return
        try:
            failed = isinstance(value, Exception)
            self.step = self.generator.throw(value) if failed else self.generator.send(value)
        except StopIteration as stop:
            self.result, self.done, self.step = stop.value, True, None
        except ImapError as error:
            self.error, self.done, self.step = error, True, None
        else:
            command = self._command()
            if command is not None:
                connection.send(command)


@dataclass
class Conversation:
    """A script being played; `events` is everything the connection reported."""

    octet_by_octet: bool = False
    connection: ImapConnection = field(default_factory=ImapConnection)
    events: list[Event] = field(default_factory=list)
    _output: bytes = b""

    def authenticated(self, *capabilities: str) -> Conversation:
        """After a PREAUTH greeting with these capabilities; the next tag is a1."""
        return self._prepare(f"S: * PREAUTH [CAPABILITY {' '.join(('IMAP4rev1', *capabilities))}] hi")

    def opened(self, *capabilities: str) -> Conversation:
        """With INBOX selected, 6 messages in it; the next tag is a2."""
        self.authenticated(*capabilities)
        script = "C: a1 SELECT INBOX\nS: * 6 EXISTS\nS: * OK [UIDVALIDITY 7] stable\nS: a1 OK [READ-WRITE] open"
        return self._prepare(script, Select("INBOX"))

    def _prepare(self, script: str, *actions: Any) -> Conversation:
        self.play(script, *actions)
        self.events.clear()
        return self

    def play(self, script: str, *actions: Any) -> Conversation:
        """Play the script, with commands (or functions of the connection) for the `C:` lines in their order."""
        sends = Sends(list(actions))
        self._play(script, sends)
        assert not sends.actions, f"the script ended before {sends.actions} could be sent"
        return self

    def play_steps(self, script: str, generator: Generator[Any, Any, Any]) -> Any:
        """Play the script with a composite of commands; its result, or its error raised."""
        drives = Drives(generator)
        self._play(script, drives)
        if drives.error is not None:
            raise drives.error
        assert drives.done, f"the script ended while the client waits for {drives.step}"
        return drives.result

    def play_handshake(self, script: str, plan: LoginPlan) -> Any:
        """Play the script of a session's opening."""
        return self.play_steps(script, handshake(plan))

    def results(self) -> list[Any]:
        """What the completed commands came to, in order."""
        return [event.result for event in self.events if isinstance(event, Completed)]

    def failures(self) -> list[Any]:
        """The errors of the failed commands, in order."""
        return [event.error for event in self.events if isinstance(event, Failed)]

    def of(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _play(self, script: str, actor: Actor) -> None:
        actor.start(self.connection)
        for who, text in _turns(script):
            match who:
                case "S":
                    self._hear(text, actor)
                case "C":
                    self._expect(text, actor)
                case "TLS":
                    actor.tls(self.connection)
                case "EOF":
                    self._report(self.connection.receive_eof(), actor)
        self._output += b"".join(self.connection.data_to_send())
        assert self._output == b"", "the client said more than the script expects"

    def _hear(self, text: bytes, actor: Actor) -> None:
        self._output += b"".join(self.connection.data_to_send())
        assert self._output == b"", "the client said more than the script expects before the server speaks"
        size = 1 if self.octet_by_octet else len(text)
        for start in range(0, len(text), size):
            self._report(self.connection.receive_data(text[start : start + size]), actor)

    def _report(self, events: list[Event], actor: Actor) -> None:
        for event in events:
            self.events.append(event)
            actor.saw(self.connection, event)

    def _expect(self, text: bytes, actor: Actor) -> None:
        self._output += b"".join(self.connection.data_to_send())
        if not self._output:
            actor.asked_for_output(self.connection)
            self._output += b"".join(self.connection.data_to_send())
        said, self._output = self._output[: len(text)], self._output[len(text) :]
        assert said == text


def _turns(script: str) -> list[tuple[str, bytes]]:
    """The script as turns; lines of the server in a row are one turn."""
    turns: list[tuple[str, bytes]] = []
    for line in textwrap.dedent(script).strip("\n").split("\n"):
        who, _, text = line.partition(": ") if line[:3] in ("S: ", "C: ") else (line, "", "")
        octets = text.encode("utf-8") + b"\r\n"
        if who in ("TLS", "EOF"):
            turns.append((who, b""))
        elif who == "C":
            turns.append(("C", octets))
        elif who == "S" and turns and turns[-1][0] == "S":
            turns[-1] = ("S", turns[-1][1] + octets)
        elif who == "S":
            turns.append(("S", octets))
        else:
            speaker, before = turns[-1]
            turns[-1] = (speaker, before + line.encode("utf-8") + b"\r\n")
    return turns
