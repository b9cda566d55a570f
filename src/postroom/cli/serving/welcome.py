"""Prints what a start tells people: the address, a new key file, the first API token, the code of the dashboard.

Token and code are secrets, and output that is not a terminal is often stored, for instance in a journal or a
container's log. There they go to files that only their owner can read, and the output names the files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from postroom.app import Running
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger, tells_info, writes_json
from postroom.storage.files import write_private

TOKEN_FILE = "first-token"  # noqa: S105 - the name of a file
CODE_FILE = "dashboard-code"
log = get_logger("postroom")


def welcome(running: Running, data_dir: Path) -> None:
    """Print the messages of a start once. Those that the log has at `info` are printed only if it omits them."""
    alone = not tells_info() and not writes_json()
    if running.key_file_made is not None and alone:
        print(f"A key file was made: {running.key_file_made}. Keep a copy: without it stored passwords are lost.")
    if running.first_token is not None:
        _hand_over(_TOKEN, running.first_token, data_dir / TOKEN_FILE)
    if running.dashboard_code is not None:
        _hand_over(_CODE, running.dashboard_code, data_dir / CODE_FILE)
    if alone:
        print(f"Postroom is ready at {running.base_url}", flush=True)


@dataclass(frozen=True, slots=True)
class _Handover:
    """The words for a secret: its title on a terminal, its name in a sentence, and how to make another one."""

    title: str
    name: str
    again: str


_TOKEN = _Handover("API token", "first API token", "postroom token issue")
_CODE = _Handover(
    "Code that sets the password of the dashboard",
    "code that sets the password of the dashboard",
    "postroom dashboard code",
)


def _hand_over(what: _Handover, secret: str, path: Path) -> None:
    if sys.stdout.isatty() and not writes_json():
        print(f"{what.title}, shown this once: {secret}", flush=True)
        return
    try:
        write_private(path, secret + "\n")
    except OSError as error:
        log.warning(
            f"the {what.name} could not be kept and is shown to nobody: make one with `{what.again}`",
            file=str(path),
            error=error.strerror,
        )
        return
    _say(f"The {what.name} is in {path.resolve()}, for its owner alone. Take it from there and delete the file.")


def _say(sentence: str) -> None:
    if tells_info():
        log.info(sentence)
    elif writes_json():
        # The log is JSON without `info`. Without this line nobody would find the token.
        log.warning(sentence)
    else:
        print(sentence, flush=True)
