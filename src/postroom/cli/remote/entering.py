"""What a person enters: secrets, from a file or at a prompt that shows nothing, and answers to questions."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import Final

from postroom.cli.exits import CommandLineError, ExitStatus

__all__ = ["confirm", "entered_secret", "parsed", "read_content", "read_text"]

_STDIN: Final = "-"


def entered_secret(what: str, file: Path | None, option: str = "") -> str:
    """Return a secret from a file (`-`: standard input) without the end of its line, or from a prompt.

    `option` names the file. Raises CommandLineError when there is no file and nobody to ask, and for an empty secret.
    """
    if file is not None:
        entered = read_text(file).removesuffix("\n").removesuffix("\r")
    elif sys.stdin.isatty():
        entered = getpass.getpass(f"{what}: ")
    else:
        name = option or f"--{what.lower()}-file"
        raise CommandLineError(f"Nobody can be asked for the {what.lower()}: give {name} PATH.", ExitStatus.USAGE)
    if not entered:
        raise CommandLineError(f"The {what.lower()} is empty.", ExitStatus.USAGE)
    return entered


def read_text(file: Path) -> str:
    """Return the text of a file, of standard input for `-`. Raises CommandLineError."""
    try:
        return read_content(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandLineError(f"{file} is not UTF-8.", ExitStatus.USAGE) from error


def read_content(file: Path) -> bytes:
    """Return the bytes of a file, of standard input for `-`. Raises CommandLineError."""
    try:
        return sys.stdin.buffer.read() if str(file) == _STDIN else file.read_bytes()
    except OSError as error:
        raise CommandLineError(f"{file} cannot be read: {error.strerror}.", ExitStatus.USAGE) from error


def parsed(text: str) -> object:
    """Return the value of a JSON text. Raises ValueError, also for one that is nested too deeply."""
    try:
        found: object = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return found


def confirm(question: str, *, yes: bool) -> None:
    """Ask a question that must be answered with yes, unless `--yes` did. Raises CommandLineError otherwise."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandLineError(f"{question} Nobody can be asked: give --yes.", ExitStatus.USAGE)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandLineError("Nothing was done.")
