"""One IMAP session without a socket: bytes from the server in, events out; commands in, bytes for the server out.

The driver reads from a socket into `receive_data`, handles the events, and writes what `data_to_send` returns after
each call. Nothing here waits or knows the time.

    connection = ImapConnection()
    for event in connection.receive_data(bytes_from_the_server): ...
    connection.send(Capability())
    write(connection.data_to_send())

A driver that serves many connections can do the steps of `receive_data` itself and switch to other work in between:
`feed`; then for each response `frame`, `parse_response` and `take`; then `write_waiting`.

An idle session costs little: slots only, empty containers, and capability sets shared between sessions.
"""

from __future__ import annotations

from typing import Any

from postroom.footprint.dataclass import replace
from postroom.imap.capabilities import NO_CAPABILITIES, capability_set, told_capabilities
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.command import Command
from postroom.imap.commands.fetch import octets_asked
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.session import Logout
from postroom.imap.dialogue.events import (
    Alert,
    ByeReceived,
    Completed,
    ConnectionClosed,
    Event,
    Failed,
    GreetingReceived,
    IdleStarted,
    Unsolicited,
)
from postroom.imap.dialogue.outgoing import Outgoing
from postroom.imap.dialogue.tally import Tally
from postroom.imap.errors import CommandFailed, LocalProtocolError, RemoteProtocolError
from postroom.imap.limits import (
    DEFAULT_LIMITS,
    DROPPED_PER_UNASKED,
    HELD_UNASKED,
    KEPT_OF_LITERAL,
    KEPT_UNASKED,
    MOST_ENABLED,
    Limits,
)
from postroom.imap.parsing.parse import parse_response
from postroom.imap.parsing.wire import RawResponse, ResponseReader
from postroom.imap.responses import (
    CapabilityData,
    ContinuationRequest,
    EnabledData,
    IdData,
    NamespaceData,
    QuotaData,
    QuotaRootData,
    RecentData,
    Response,
    StatusResponse,
    UnknownData,
)
from postroom.imap.selected import SelectedMailbox, follow, follow_code
from postroom.imap.states import SessionState, SessionTrigger, check_command, move
from postroom.words.strangers import NO_SECRETS, Secrets

__all__ = ["ImapConnection"]

_GONE = "the server closed the connection before it answered"


class ImapConnection:
    """The client's side of one session; the listener of `outgoing` is told what is said.

    Callers may read `state`, `capabilities` (upper case; empty until the server tells them), `enabled`, `selected` and
    `greeting` (without its code).
    """

    __slots__ = (
        "_awaits_tls",
        "_closed",
        "_last_words",
        "_reader",
        "_said_bye",
        "_secrets",
        "_tally",
        "capabilities",
        "enabled",
        "greeting",
        "limits",
        "outgoing",
        "selected",
        "state",
    )

    def __init__(self, *, limits: Limits | None = None, secrets: Secrets = NO_SECRETS) -> None:
        self.state = SessionState.GREETING
        self.capabilities = NO_CAPABILITIES
        self.enabled = NO_CAPABILITIES
        self.selected: SelectedMailbox | None = None
        self.greeting: StatusResponse | None = None
        self.limits = limits or DEFAULT_LIMITS
        self._reader = ResponseReader(self.limits, KEPT_OF_LITERAL)
        self.outgoing = Outgoing()
        self._secrets = secrets
        self._awaits_tls = False
        self._last_words: str | None = None
        self._said_bye = self._closed = False
        self._tally = Tally(self.limits.max_kept)

    # Called by the driver.

    def send(self, command: Command[Any]) -> None:
        """Queue a command. It is written once its answers cannot be confused with those of commands in flight.

        A command queued behind an IDLE ends the IDLE. LocalProtocolError when the command is not legal in the state
        the session will be in, or when an argument cannot be written; nothing is queued then.
        """
        check_command(self.outgoing.expected_state(self.state), command.name, command.states)
        chunks = command.encode(self.capabilities, self.enabled)
        self.end_idle()
        self.outgoing.queue(command)
        # Only a command that waited behind others can fail here, so no event is lost.
        self._write_queue([], (command, chunks))

    def end_idle(self) -> None:
        """End the IDLE in flight or still in the queue. Its `Completed` comes with the server's answer."""
        for command in self.outgoing.unanswered:
            if isinstance(command, Idle):
                self.outgoing.write(command.done())

    def data_to_send(self) -> list[bytes]:
        """The octets to write to the server now, in order; each is returned once."""
        return self.outgoing.take_octets()

    def receive_data(self, data: bytes) -> list[Event]:
        """Take octets from the server; RemoteProtocolError when the stream cannot be used any more."""
        self.feed(data)
        events: list[Event] = []
        while (raw := self.frame()) is not None or self.is_behind:
            if raw is not None:
                events += self.take(raw, parse_response(raw, self.limits))
        return events + self.write_waiting()

    def feed(self, data: bytes) -> None:
        """Take octets from the server without reading them."""
        if self._awaits_tls and data:
            raise RemoteProtocolError("the server sent plain text after it had agreed to STARTTLS")
        self._reader.feed(data)

    def frame(self) -> RawResponse | None:
        """The next whole response. When it is None and `is_behind` is true, call again: each call's work is bounded."""
        return None if self._closed else self._reader.step()

    @property
    def is_behind(self) -> bool:
        """Whether a whole response may be available although `frame` returned None."""
        return self._reader.behind and not self._closed

    @property
    def held(self) -> int:
        """Octets of memory needed for a long unfinished response and for many answers; 0 for usual amounts."""
        begun, kept = self._reader.wanted, self._tally.kept
        return (begun if begun > HELD_UNASKED else 0) + (kept if kept > KEPT_UNASKED else 0)

    @property
    def unasked(self) -> int:
        """All unsolicited responses up to now. The driver knows the time, so it judges their rate."""
        return self._tally.unasked + self._reader.blank + self._reader.dropped // DROPPED_PER_UNASKED

    def take(self, raw: RawResponse, response: Response) -> list[Event]:
        """The events of `response`, which was parsed from `raw`."""
        self.outgoing.listener.received(raw.text)
        events: list[Event] = []
        self._handle(raw, response, events)
        self._refuse_injection()
        return events

    def write_waiting(self) -> list[Event]:
        """Write the commands whose turn has come, after everything received has been taken."""
        events: list[Event] = []
        self._write_queue(events)
        return events

    def receive_eof(self) -> list[Event]:
        """Handle the end of the stream: unanswered commands fail, and the session is closed."""
        if self._closed:
            return []
        self._closed = True
        events: list[Event] = []
        clean = self.state is SessionState.LOGOUT
        self._fail_all(StatusResponse(None, "BYE", None, self._last_words or _GONE), events)
        self._end()
        events.append(ConnectionClosed(clean))
        return events

    def tls_started(self) -> None:
        """The TLS handshake is done; everything the server said before it is forgotten (RFC 9051 section 6.2.1)."""
        if not self._awaits_tls:
            raise LocalProtocolError("TLS can start only after the server has agreed to STARTTLS")
        self._awaits_tls = False
        self._write_queue([])

    # One response.

    def _handle(self, raw: RawResponse, response: Response, events: list[Event]) -> None:
        if self.state is SessionState.GREETING:
            self._greet(response, events)
        elif isinstance(response, ContinuationRequest):
            self._tally.nobody_took(raw)
            self._continue(response.text, events)
        elif isinstance(response, StatusResponse):
            _alert(response, events)
            if response.tag is None:
                self._untagged_status(raw, response, events)
            else:
                self._tally.nobody_took(raw)
                self._tagged(response.tag, response, events)
        elif self.state is not SessionState.LOGOUT:
            self._data(raw, response, events)

    def _greet(self, response: Response, events: list[Event]) -> None:
        if not isinstance(response, StatusResponse) or response.tag is not None or response.status in ("NO", "BAD"):
            raise RemoteProtocolError(f"the server did not greet as an IMAP server does{_quote(response)}")
        # Without its code: otherwise each of thousands of sessions would keep a list of outdated capabilities.
        self.greeting = replace(response, code=None)
        _alert(response, events)
        if response.status == "BYE":
            self._bye(response, events)
            return
        preauth = response.status == "PREAUTH"
        self.state = move(self.state, SessionTrigger.PREAUTHENTICATED if preauth else SessionTrigger.GREETED)
        self.capabilities = told_capabilities(response)
        events.append(GreetingReceived(response, self.capabilities, preauth))

    def _continue(self, text: bytes, events: list[Event]) -> None:
        if self.outgoing.waits_for_literal:
            self.outgoing.continue_literal(self.capabilities)
            return
        for command in self.outgoing.in_flight:
            idles = isinstance(command, Idle) and not command.started
            self.outgoing.write(command.continuation(text) or b"")
            if idles:
                events.append(IdleStarted())

    def _untagged_status(self, raw: RawResponse, response: StatusResponse, events: list[Event]) -> None:
        if response.status == "BYE":
            self._bye(response, events)
        elif self.state is not SessionState.LOGOUT:
            self.capabilities = told_capabilities(response) or self.capabilities
            if response.code is not None and response.code.name == "CLOSED":
                self.selected = None
            self._data(raw, response, events)

    def _data(self, raw: RawResponse, response: Response, events: list[Event]) -> None:
        match response:
            case CapabilityData(capabilities=names):
                self.capabilities = capability_set(names)
            case EnabledData(extensions=extensions) if len(self.enabled | extensions) <= MOST_ENABLED:
                self.enabled = capability_set(self.enabled | extensions)
        if any(command.accept(response) for command in self.outgoing.answered_by(response)):
            self._tally.collected(raw)
            return
        self._tally.nobody_took(raw)
        if self.selected is not None:
            self.selected = follow(self.selected, response)
        match response:
            case CapabilityData() | EnabledData() | ContinuationRequest() | NamespaceData() | IdData():
                pass
            case QuotaData() | QuotaRootData() | RecentData():
                pass
            case UnknownData(label=label, raw=line):
                # A line that is not IMAP at all is often the last message of a front end: "Server Unavailable."
                if not label:
                    self._last_words = line[:200].decode("utf-8", "replace")
            case _:
                events.append(Unsolicited(response))

    def _tagged(self, tag: str, response: StatusResponse, events: list[Event]) -> None:
        command = self.outgoing.finish(tag)
        self._reader.keeps = KEPT_OF_LITERAL + octets_asked(self.outgoing.in_flight)
        if not self.outgoing.any_in_flight:
            self._tally.all_answered()
        if command is not None:
            if response.status == "OK":
                self._complete(command, response, events)
            else:
                self._fail(command, response, events)
        elif not self.outgoing.was_used(tag):
            raise RemoteProtocolError(f"the server answered a command that was never sent (tag {tag[:20]!r})")

    def _bye(self, response: StatusResponse, events: list[Event]) -> None:
        if self._said_bye:
            return
        self._said_bye = True
        events.append(ByeReceived(response.text, response.code))
        self._fail_all(response, events)
        self._end()

    def _refuse_injection(self) -> None:
        if self._awaits_tls and self._reader.pending:
            raise RemoteProtocolError("the server sent plain text behind its answer to STARTTLS")

    # The effects of an answered command.

    def _complete(self, command: Command[Any], response: StatusResponse, events: list[Event]) -> None:
        result = command.result(response)
        self.capabilities = told_capabilities(response) or self.capabilities
        if self.selected is not None and response.code is not None:
            self.selected = follow_code(self.selected, response.code)
        if command.trigger is not None:
            self.state = move(self.state, command.trigger)
            self._apply(command.trigger, result)
        events.append(Completed(command, result))

    def _apply(self, trigger: SessionTrigger, result: Any) -> None:
        match trigger:
            case SessionTrigger.SECURING:
                self._awaits_tls = True
                self.capabilities = NO_CAPABILITIES
            case SessionTrigger.LOGGED_IN:
                # Capabilities change with the login. If the server told no new ones, the old ones are forgotten.
                self.capabilities = result
            case SessionTrigger.SELECTED:
                self.selected = replace(result, vanished=None, changed=())
            case SessionTrigger.DESELECTED:
                self.selected = None
            case SessionTrigger.ENDED:
                self._end()

    def _fail(self, command: Command[Any], response: StatusResponse, events: list[Event]) -> None:
        if command.trigger is SessionTrigger.SELECTED and self.state is not SessionState.LOGOUT:
            # A failed SELECT also closes the mailbox that was open before (RFC 9051 section 6.3.2).
            self.state = move(self.state, SessionTrigger.DESELECTED)
            self.selected = None
        refusal = CommandFailed(response.status, response.code, response.text, command.name, self._secrets)
        events.append(Failed(command, refusal))

    def _fail_all(self, response: StatusResponse, events: list[Event]) -> None:
        for command in self.outgoing.take_all():
            if isinstance(command, Logout):
                # LOGOUT is complete: some servers never send the OK after their BYE.
                events.append(Completed(command, None))
            else:
                self._fail(command, response, events)

    def _end(self) -> None:
        self.state = move(self.state, SessionTrigger.ENDED)
        self.selected = None

    def _write_queue(self, events: list[Event], encoded: tuple[Command[Any], Chunks] | None = None) -> None:
        """Write the commands whose turn has come. A command that became illegal while it waited fails unsent.

        `encoded` is a command with its chunks, encoded just now, so that it is not encoded again.
        """
        while not self._awaits_tls and self.outgoing.may_write_next():
            command = self.outgoing.next_waiting
            if command is None:
                return
            try:
                check_command(self.state, command.name, command.states)
                if encoded is not None and encoded[0] is command:
                    chunks = encoded[1]
                else:
                    chunks = command.encode(self.capabilities, self.enabled)
            except LocalProtocolError as error:
                self.outgoing.drop_next()
                events.append(Failed(command, error))
            else:
                self.outgoing.write_next(chunks, self.capabilities)
                self._reader.keeps = KEPT_OF_LITERAL + octets_asked(self.outgoing.in_flight)


def _alert(response: StatusResponse, events: list[Event]) -> None:
    if response.code is not None and response.code.name == "ALERT":
        events.append(Alert(response.text))


def _quote(response: Response) -> str:
    return f": {response.raw[:100].decode('utf-8', 'replace')!r}" if isinstance(response, UnknownData) else ""
