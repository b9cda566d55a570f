"""The streams of a command."""

from __future__ import annotations

import io
import os
import sys

import pytest

from postroom.cli.remote.output.terminal import open_streams, plain


def test_results_and_remarks_go_apart(capsys: pytest.CaptureFixture[str]) -> None:
    streams = open_streams()
    streams.results.print("a [red]result[/red] :smile: " + "x" * 200)
    streams.remarks.print("a remark")
    shown = capsys.readouterr()
    assert shown.out == f"a [red]result[/red] :smile: {'x' * 200}\n"
    assert shown.err == "a remark\n"


def test_a_reader_that_went_away_is_told_to_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with io.FileIO(writer, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, write_through=True))
        with pytest.raises(BrokenPipeError):
            open_streams().results.print("x")


def test_text_is_without_what_a_terminal_obeys() -> None:
    assert plain("a\x1b[2J\nb").plain == "a\N{REPLACEMENT CHARACTER}[2J b"
    assert plain("a\nb", lines=True).plain == "a\nb"
