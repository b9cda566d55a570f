"""Prints what a start tells people: the address, a new key file, and the first API token.

A token is a secret, and output that is not a terminal is often stored, for instance in a journal or a container's log.
There the token goes to a file that only its owner can read, and the output names the file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from postroom.app import Running
from postroom.log import get_logger, tells_info, writes_json
from postroom.storage.files import write_private

TOKEN_FILE = "first-token"  # noqa: S105 - the name of a file
log = get_logger("postroom")


def welcome(running: Running, data_dir: Path) -> None:
    """Print the messages of a start once. Those that the log has at `info` are printed only if it omits them."""
    alone = not tells_info() and not writes_json()
    if running.key_file_made is not None and alone:
        print(f"A key file was made: {running.key_file_made}. Keep a copy: without it stored passwords are lost.")
    if running.first_token is not None:
        _hand_over(running.first_token, data_dir / TOKEN_FILE)
    if alone:
        print(f"Postroom is ready at {running.base_url}", flush=True)


def _hand_over(token: str, path: Path) -> None:
    if sys.stdout.isatty() and not writes_json():
        print(f"API token, shown this once: {token}", flush=True)
        return
    try:
        write_private(path, token + "\n")
    except OSError as error:
        log.warning(
            "the first API token could not be kept and is shown to nobody: make one with `postroom token issue`",
            file=str(path),
            error=error.strerror,
        )
        return
    _say(f"The first API token is in {path.resolve()}, for its owner alone. Take it from there and delete the file.")


def _say(sentence: str) -> None:
    if tells_info():
        log.info(sentence)
    elif writes_json():
        # The log is JSON without `info`. Without this line nobody would find the token.
        log.warning(sentence)
    else:
        print(sentence, flush=True)
