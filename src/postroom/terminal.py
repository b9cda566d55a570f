"""Lines for a terminal: what strangers have put into them is shown, and nothing of it is obeyed."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from postroom.words import harmless

__all__ = ["say"]


def say(console: Console, line: Text) -> None:
    """Print a line, never wrapped, so that it can be copied.

    A `Text` knows no markup, but it lets the control characters of a terminal through.
    """
    line.plain = harmless(line.plain, lines=True)
    console.print(line, soft_wrap=True)
