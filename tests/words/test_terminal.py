"""Lines for a terminal: no control character of anybody's reaches it, no markup is read, colours of ours stay."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from postroom.words.terminal import say
from tests.fakes.strangers import NASTY


def test_a_terminal_shows_and_does_not_obey() -> None:
    out = io.StringIO()
    say(Console(file=out, force_terminal=True, color_system="standard"), Text.assemble(("ok ", "green"), NASTY))
    shown = out.getvalue()
    assert "[bold]loud[/bold]" in shown
    assert shown.startswith("\x1b[32mok \x1b[0m")
    rest = shown.removeprefix("\x1b[32mok \x1b[0m")
    assert not {"\x1b", "\x9b", "\x07", "\x00", "\x7f", "\u202e", "\r"} & set(rest)
