"""Prints lines on a terminal; control characters in text from outside are shown, not obeyed."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from postroom.words.strangers import harmless

__all__ = ["say"]


def say(console: Console, line: Text) -> None:
    """Print a line without wrapping, so that it can be copied.

    A `Text` has no markup, but by itself it would let a terminal's control characters through.
    """
    line.plain = harmless(line.plain, lines=True)
    console.print(line, soft_wrap=True)
