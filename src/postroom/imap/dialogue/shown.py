"""Writes a command in a form to show: who signs in with what stays secret, and literals are only counted. Pure."""

from __future__ import annotations

from typing import Final, Protocol

from postroom.imap.commands.arguments import Chunks
from postroom.imap.encode import Literal
from postroom.words.masking import MASK

__all__ = ["NOBODY", "SECRET_COMMANDS", "ListensIn", "shown_command", "shown_line"]

SECRET_COMMANDS: Final = {"LOGIN": 1, "AUTHENTICATE": 2}
"""The commands whose arguments are secret, and how many of their words are not: AUTHENTICATE names its mechanism."""

_LONGEST: Final = 4096
_DONE: Final = b"DONE\r\n"


class ListensIn(Protocol):
    """Is told what a connection writes and receives. It gets all of it, and decides what of it may be shown."""

    def writes(self, tag: str, name: str, chunks: Chunks, *, is_alone: bool) -> None:
        """A command is written; `is_alone`: no other one waits for its answer."""

    def answers(self, octets: bytes) -> None:
        """A line is written because the server has asked for it, or because IDLE is to end."""

    def received(self, text: bytes) -> None:
        """A response has come; `text` is that of `RawResponse`, without literals."""


class Deaf:
    """Listens to nothing."""

    def writes(self, tag: str, name: str, chunks: Chunks, *, is_alone: bool) -> None:
        """Ignore a command."""

    def answers(self, octets: bytes) -> None:
        """Ignore a line."""

    def received(self, text: bytes) -> None:
        """Ignore a response."""


NOBODY: Final[ListensIn] = Deaf()


def shown_command(tag: str, name: str, chunks: Chunks) -> str:
    """Return the line of a command. Literals, which hold passwords and messages, become their size: `{5}`."""
    open_words = SECRET_COMMANDS.get(name)
    if open_words is not None:
        return " ".join((tag, *_words(chunks)[:open_words], MASK))
    text = b""
    for chunk in chunks:
        text += b"{%d}" % len(chunk.data) if isinstance(chunk, Literal) else chunk
        if len(text) > _LONGEST:
            break
    return f"{tag} {text[:_LONGEST].decode('utf-8', 'replace')}"


def shown_line(octets: bytes) -> str:
    """Return a line that answers the server's `+`: DONE, which ends IDLE, or the mask for a step of a sign-in."""
    return "DONE" if octets == _DONE else MASK


def _words(chunks: Chunks) -> list[str]:
    first = chunks[0] if chunks else b""
    return [] if isinstance(first, Literal) else first.decode("ascii", "replace").split()
