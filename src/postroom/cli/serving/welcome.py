"""What the first start has to say to people: where it is, the key file it made, and its first API token.

A token is a secret, and what is no terminal is kept: a journal, the log of a container, somebody's pipe. There the
token goes to a file for its owner alone, and the line says where.
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
    """Tell what there is to tell, once: what the log says at `info` is printed only where the log is silent."""
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
        # Standard output is silent then, and without this line nobody would find the token.
        log.warning(sentence)
    else:
        print(sentence, flush=True)
