"""Prints the demonstration: one line for each thing that happens. Lines to copy are never wrapped."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import harmless
from postroom.words.terminal import say

_COLOURS = {
    "connected": "bold green",
    "authenticationError": "bold red",
    "connectError": "bold red",
    "disconnected": "yellow",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """The terminal, or whatever standard output is."""

    console: Console

    def title(self, text: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self._line(Text(text, style="bold"))

    def fact(self, name: str, value: str) -> None:
        """Show a name and its value."""
        self._line(Text.assemble(("  " + name.ljust(22), "dim"), value))

    def call(self, method: str, path: str, note: str) -> None:
        """Show a call to the API and its result."""
        self._line(Text.assemble("  ", (f"{method} {path} ".ljust(22), "cyan"), note))

    def state(self, seconds: float, state: str, cause: str) -> None:
        """Show a state the account entered, with the time since the start."""
        colour = _COLOURS.get(state, "bold")
        self._line(Text.assemble((f"  {seconds:6.2f} s  ", "dim"), ("state    ", ""), (state.ljust(22), colour), cause))

    def webhook(self, seconds: float, event: Mapping[str, object]) -> None:
        """Show an event that was posted to the receiver."""
        name = str(event.get("event", "?"))
        line = Text.assemble((f"  {seconds:6.2f} s  ", "dim"), ("webhook  ", "magenta"), (name.ljust(22), "bold"))
        self._line(line.append(harmless(summary(event))))

    def step(self, seconds: float, text: str) -> None:
        """Show something the demonstration did."""
        self._line(Text.assemble((f"  {seconds:6.2f} s  ", "dim"), text))

    def copyable(self, text: str) -> None:
        """Show a line that works when it is copied."""
        say(self.console, Text("  " + text))

    def note(self, text: str) -> None:
        """Show a line of text."""
        self._line(Text(text))

    def _line(self, text: Text) -> None:
        say(self.console, text)


def summary(event: Mapping[str, object]) -> str:
    """Return the part of an event that a person looks for first."""
    data = event.get("data")
    if not isinstance(data, dict):
        return ""
    path, previous = event.get("path", ""), data.get("previous")
    if event.get("event") == "messageNew":
        return f"“{data.get('subject', '')}” in {path}"
    envelope = data.get("envelope")
    if isinstance(envelope, dict):
        return f"to {', '.join(map(str, envelope.get('to', ())))}: {data.get('response') or data.get('error')}"
    if isinstance(previous, dict):
        return f"from {previous.get('path', '')} to {path}"
    return str(data.get("response") or data.get("user") or data.get("account") or path)
