"""Runs the `postroom` program, and tells errors as one sentence with an exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.serving.start import plain_options, start
from postroom.errors import PostroomError
from postroom.footprint.lean import be_lean
from postroom.words.strangers import harmless


def main() -> None:
    """Run the command line. A PostroomError prints one sentence on standard error and exits with its status."""
    words = sys.argv[1:]
    options = plain_options(words)
    if options is not None:
        be_lean()
    _quieten_the_log()
    try:
        _run(words, options)
    except CommandLineError as error:
        _leave(str(error), error.status)
    except PostroomError as error:
        _leave(str(error))
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        _leave(f"{error.strerror or error}:{place}. `postroom doctor` says what to do.")
    except BaseExceptionGroup as group:
        known = group.subgroup(PostroomError)
        if known is None or group.split(PostroomError)[1] is not None:
            raise
        _leave(str(_first(known)))
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)


def _run(words: Sequence[str], options: dict[str, str] | None) -> None:
    if options is not None:
        start(**options)
        return
    from postroom.cli.program import program

    program(serves=words[:1] == ["serve"])()


def _quieten_the_log() -> None:
    """Programs read the output of commands, so the log is quiet. `serve` configures it again."""
    try:
        from postroom.log import configure
    except ModuleNotFoundError:
        # Only the client is installed, and it writes no log.
        return
    configure("warning")


def _leave(sentence: str, status: ExitStatus = ExitStatus.FAILED) -> NoReturn:
    log = sys.modules.get("postroom.log")
    if log is not None and log.writes_json():
        log.get_logger("postroom").error(sentence)
    else:
        print(f"postroom: {harmless(sentence, lines=True)}", file=sys.stderr)
    sys.exit(status)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
