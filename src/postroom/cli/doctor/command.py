"""`postroom doctor`: checks everything that a start depends on, changes nothing, and says what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.text import Text

from postroom.cli.doctor.checks import (
    Finding,
    Level,
    check_canary,
    check_clock,
    check_data_dir,
    check_files,
    check_names,
    check_port,
    check_rotation,
    check_schema,
    check_sealed,
    check_traces,
    check_whole,
    known_keys,
)
from postroom.cli.doctor.secrecy import check_key_file, check_privacy, check_settings_files, check_token
from postroom.cli.keys import left_behind
from postroom.configuration.keys import SEALED
from postroom.errors import StorageFailed
from postroom.settings import Settings, unknown_settings
from postroom.storage.database import open_database
from postroom.storage.inspection import Inspection, damages, inspect
from postroom.storage.migrate import newest_revision
from postroom.storage.opening import advice, said_by, shown
from postroom.storage.sealing.sealed import unreadable
from postroom.words.terminal import say

_STYLE = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def examine(settings: Settings) -> list[Finding]:
    """Return the findings of all checks, in the order of a start."""
    findings = [*check_names(unknown_settings()), *check_data_dir(settings.data_dir), *check_privacy(settings)]
    findings += [*check_token(settings), *check_settings_files(), *check_key_file(settings)]
    findings += check_traces(settings.traces)
    seen, inspection = _check_database(settings.resolved_database_url, settings)
    findings += seen
    return [*findings, *check_port(settings.host, settings.port), *check_files(settings), *check_clock(inspection)]


def report(findings: list[Finding], console: Console) -> bool:
    """Print the findings; say whether Postroom can start."""
    for finding in findings:
        mark = Text(f"{finding.level.value:<5}", style=_STYLE[finding.level])
        say(console, Text.assemble(mark, f"{finding.check:<16}", finding.detail))
        if finding.advice:
            say(console, Text("     → " + finding.advice))
    return all(finding.level is not Level.FAIL for finding in findings)


def _check_database(url: str, settings: Settings) -> tuple[list[Finding], Inspection | None]:
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return [Finding(Level.OK, "database", f"{shown(url)} will be made at the first start")], None
    return asyncio.run(_ask_database(url, settings))


async def _ask_database(url: str, settings: Settings) -> tuple[list[Finding], Inspection | None]:
    database = open_database(url)
    try:
        await database.start()
        found = await database.read(inspect)
        keys = check_canary(settings, found)
        if found.schema == newest_revision() and all(finding.level is Level.OK for finding in keys):
            box = known_keys(settings)
            if box:
                left = await database.read(lambda conn: left_behind(conn, box))
                keys += check_rotation(settings, left)
                keys += check_sealed(await unreadable(database, box, SEALED))
        damage = await database.read(damages)
    except StorageFailed as error:
        return [Finding(Level.FAIL, "database", f"{shown(url)}: {said_by(error)}", advice(url, error))], None
    finally:
        await database.close()
    return [
        *check_whole(shown(url), damage),
        *check_schema(found),
        *keys,
    ], found
