"""The two streams of a command: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TextIO

from rich.console import Console
from rich.text import Text

from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import harmless

__all__ = ["OutputStreams", "open_streams", "plain"]


class PatientConsole(Console):
    """A console that leaves it to the command what follows when nobody reads its output any more."""

    def on_broken_pipe(self) -> None:
        """Raise the BrokenPipeError that rich has caught; rich itself would exit with status 1."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error


@dataclass(frozen=True, slots=True)
class OutputStreams:
    """Consoles for results and for remarks. Colours appear only at a terminal, and not with NO_COLOR."""

    results: Console
    remarks: Console


def open_streams() -> OutputStreams:
    """Return the streams of this process."""
    return OutputStreams(_console(sys.stdout), _console(sys.stderr))


def plain(text: str, style: str = "", *, lines: bool = False) -> Text:
    """Return text from outside as a terminal may show it: without control characters and without markup."""
    return Text(harmless(text, lines=lines), style=style)


def _console(stream: TextIO) -> Console:
    if isinstance(stream, TextIOWrapper):
        # A terminal that knows ASCII alone still shows the rest.
        stream.reconfigure(errors="replace")
    return PatientConsole(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=not stream.isatty())
