"""A gateway that has just started has not loaded what many gateways never need."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cli.postroom_program import call, running

# Starts the program, and says at its end which modules it has.
_TELLING = """
import atexit, sys
from postroom.cli.main import main
atexit.register(lambda: print("loaded:", *sys.modules, flush=True))
main()
"""
LATE = (
    # Loaded with the first SMTP connection.
    *("aiosmtplib.smtp", "aiosmtplib.email", "postroom.connections.clients.smtp_heard"),
    *("email.generator", "email.headerregistry", "email.policy"),
    # Loaded with the first text that has entities of HTML, and the first that is written into HTML.
    *("html", "html.entities"),
    # Loaded for other commands, and for the documentation.
    *("typer", "postroom.schemas.answers", "postroom.schemas.examples"),
)


def test_a_gateway_that_starts_has_not_loaded_what_it_may_never_need(tmp_path: Path) -> None:
    # A start that makes the schema loads Alembic, which has some of them.
    assert call(tmp_path, "migrate").returncode == 0
    with running(tmp_path, "serve", program=(sys.executable, "-c", _TELLING)) as program:
        program.wait_for(r"Postroom is ready at http://\S+")
        assert program.stop() == 0
    [told] = [line for line in program.output if line.startswith("loaded: ")]
    loaded = set(told.split()[1:])
    assert {"postroom.connections.clients.smtp_client", "aiosmtplib.errors"} <= loaded
    assert sorted(loaded.intersection(LATE)) == []
