"""The transcript of one IMAP session: what is sent and received, TLS, and why it ended."""

from __future__ import annotations

import socket

from postroom.connections.transcripts.imap_mask import ImapMask
from postroom.connections.transcripts.script import Script
from postroom.connections.transcripts.tap import Tap
from postroom.imap.commands.arguments import Chunks
from postroom.imap.dialogue.shown import shown_command, shown_line
from postroom.words.strangers import Secrets

__all__ = ["ImapScript", "peer_of"]


class ImapScript:
    """Listens in to a session while the tap is on. While it is off, each call costs one look at it."""

    __slots__ = ("_idles", "_mask", "_script", "_secrets", "_tap")

    def __init__(self, tap: Tap, secrets: Secrets) -> None:
        self._tap = tap
        self._secrets = secrets
        self._script: Script | None = None
        self._mask: ImapMask | None = None
        # The tag of an IDLE that was the last command.
        self._idles = ""
        self._tune()

    def connected(self, connection: socket.socket) -> None:
        """Note which server is on the other end."""
        if self._script is not None:
            self._script.note(f"connected to {peer_of(connection)}")

    def secured(self, version: str = "", cipher: str = "") -> None:
        """Note that all that follows is encrypted."""
        if self._script is not None:
            self._script.note(f"encrypted with {version}, {cipher}")

    def ended(self, error: BaseException) -> None:
        """Note why the session is over."""
        if self._script is not None:
            self._script.note(f"ended: {str(error) or type(error).__name__}")

    # Called by the connection.

    def writes(self, tag: str, name: str, chunks: Chunks, *, is_alone: bool) -> None:
        """Write down a command, without what is secret in it. Listening begins only between commands, or in IDLE."""
        if self._tap.is_on is not (self._script is not None) and (is_alone or not self._tap.is_on):
            self._tune()
        self._idles = tag if name == "IDLE" else ""
        if self._script is not None and self._mask is not None:
            self._mask.sent(tag, name)
            self._script.sent(shown_command(tag, name, chunks))

    def answers(self, octets: bytes) -> None:
        """Write down a line that answers the server."""
        self._join_idle()
        if self._script is not None:
            self._script.sent(shown_line(octets))

    def received(self, text: bytes) -> None:
        """Write down a response."""
        self._join_idle()
        if self._script is not None and self._mask is not None:
            self._script.received(self._mask.received(text))

    def _join_idle(self) -> None:
        """Begin to listen in the middle of IDLE: it lasts for minutes, and nothing secret is said in it."""
        if self._tap.is_on and self._script is None and self._idles:
            self._tune()
            if self._mask is not None:
                self._mask.sent(self._idles, "IDLE")

    def _tune(self) -> None:
        is_on = self._tap.is_on
        self._script = Script(self._tap, "imap", self._secrets) if is_on else None
        self._mask = ImapMask() if is_on else None


def peer_of(connection: socket.socket) -> str:
    """Return the address of the other end, with its port; a proxy's if there is one."""
    try:
        host, port, *_ = connection.getpeername()
    except (OSError, ValueError):
        return "a server that has left"
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
