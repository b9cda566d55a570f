"""The checks of `postroom doctor`: each returns findings, and a bad finding says what to do."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from postroom.cli.keys import UNREADABLE_ADVICE, titles
from postroom.clock import iso, now_ms
from postroom.connections.sockets.descriptors import budget_of, hard_limit
from postroom.footprint.dataclass import dataclass
from postroom.setting_rules import Unknown
from postroom.settings import Settings
from postroom.storage.inspection import Inspection
from postroom.storage.migrate import is_known_revision, newest_revision
from postroom.storage.sealing.sealed import SealedRow
from postroom.storage.sealing.secrets import SecretBox, WrongKey, read_key_file
from postroom.traces import INSTALL, is_installed

_FILES_WANTED = 4096
_SPACE_WANTED = 200 * 1024 * 1024
_CLOCK_TOLERANCE_MS = 5000
# The day on which this was written; a correct clock cannot be earlier.
_EARLIEST_MS = 1_760_000_000_000


class Level(StrEnum):
    """How bad a finding is. Only FAIL makes the command exit with status 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `advice` is empty when nothing is wrong."""

    level: Level
    check: str
    detail: str
    advice: str = ""


def check_traces(wanted: bool) -> list[Finding]:
    """Check that OpenTelemetry is installed if traces are wanted."""
    if not wanted:
        return []
    if not is_installed():
        return [Finding(Level.FAIL, "traces", "POSTROOM_TRACES is set, and OpenTelemetry is not installed", INSTALL)]
    return [Finding(Level.OK, "traces", "OpenTelemetry is installed")]


def check_data_dir(folder: Path) -> list[Finding]:
    """Check that the folder can be written or made, and has room."""
    place = _nearest_existing(folder.resolve())
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        return [
            Finding(
                Level.FAIL,
                "data directory",
                f"{folder} cannot be written",
                f"Give the user that runs Postroom write access to {place}, or set POSTROOM_DATA_DIR.",
            )
        ]
    free = shutil.disk_usage(place).free
    if free < _SPACE_WANTED:
        detail = f"{free // 2**20} MiB free at {place}"
        return [Finding(Level.WARN, "data directory", detail, "Make room: a full disk stops every change.")]
    made = "is there" if folder.is_dir() else "will be made at the first start"
    return [Finding(Level.OK, "data directory", f"{folder} {made}, {free // 2**20:,} MiB free")]


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def check_names(unknown: list[Unknown]) -> list[Finding]:
    """Report variables and keys that are no settings."""
    return [
        Finding(
            Level.WARN,
            "settings",
            f"{each.name} in {each.where} is no setting",
            f"Did you mean {each.near}?" if each.near else "Take it away; docs/settings.md lists them.",
        )
        for each in unknown
    ]


def check_port(host: str, port: int) -> list[Finding]:
    """Check that the API's port is free, or that Postroom already answers there."""
    if port == 0:
        return [Finding(Level.OK, "port", "the system will pick one")]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return [Finding(Level.FAIL, "port", f"{port} needs root", "Choose a port above 1023 with POSTROOM_PORT.")]
        except socket.gaierror:
            advice = "Set POSTROOM_HOST to an address of this machine, or to 0.0.0.0."
            return [Finding(Level.FAIL, "port", f"{host} is not a known name or address", advice)]
        except OSError as error:
            return [_port_taken(host, port, error)]
    return [Finding(Level.OK, "port", f"{host} port {port} is free")]


def _port_taken(host: str, port: int, error: OSError) -> Finding:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    # `serve` loads this module too, and asks nobody.
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://{reachable}:{port}/openapi.json", timeout=3) as answer:
            is_postroom = json.load(answer)["info"]["title"] == "Postroom"
    except (OSError, ValueError, LookupError, TypeError):
        is_postroom = False
    if is_postroom:
        return Finding(Level.OK, "port", f"Postroom is running at {host} port {port}")
    advice = "Stop the program that uses it, or choose another port with POSTROOM_PORT."
    return Finding(Level.FAIL, "port", f"{host} port {port} cannot be used: {error.strerror}", advice)


def check_files(settings: Settings, limit: int | None = None) -> list[Finding]:
    """Check how many accounts the limit of open files allows. `limit` defaults to what `serve` can raise it to."""
    limit = hard_limit() if limit is None else limit
    budget = budget_of(settings, limit)
    each = " for each worker" if settings.workers > 1 else ""
    detail = f"{limit} allowed{each}, enough for {budget.connections} connections to mail servers"
    if limit >= _FILES_WANTED and not budget.is_short:
        return [Finding(Level.OK, "open files", detail)]
    advice = (
        f"Each account holds a connection, and {budget.reserve} files are kept for all else: raise the hard limit "
        "(LimitNOFILE= in systemd, `ulimit -Hn`). Accounts beyond it wait."
    )
    return [Finding(Level.WARN, "open files", detail, advice)]


def check_clock(found: Inspection | None, now: int | None = None) -> list[Finding]:
    """Check that this machine's clock is plausible and agrees with the database's."""
    now = now_ms() if now is None else now
    advice = "Set the clock, and keep it right with NTP (`timedatectl set-ntp true`)."
    if now < _EARLIEST_MS:
        return [Finding(Level.FAIL, "clock", f"it shows {iso(now)}, which is long past", advice)]
    if found is None:
        return [Finding(Level.OK, "clock", iso(now))]
    if abs(found.clock - now) > _CLOCK_TOLERANCE_MS:
        apart = (found.clock - now) / 1000
        return [Finding(Level.WARN, "clock", f"the database's clock is {apart:+.1f} s from this machine's", advice)]
    if found.newest_event is not None and found.newest_event > now + _CLOCK_TOLERANCE_MS:
        detail = f"it shows {iso(now)}, but the newest event is of {iso(found.newest_event)}"
        return [Finding(Level.WARN, "clock", detail, advice)]
    return [Finding(Level.OK, "clock", iso(now))]


def check_schema(found: Inspection) -> list[Finding]:
    """Check that the schema fits this version of Postroom."""
    wanted = newest_revision()
    if found.schema == wanted:
        return [Finding(Level.OK, "schema", f"{wanted}, the newest")]
    if found.schema is None:
        return [Finding(Level.OK, "schema", "the database is empty; the first start makes the tables")]
    if found.oldest is not None and found.oldest <= wanted < found.schema:
        return [Finding(Level.OK, "schema", f"{found.schema}, of a newer version; this one ({wanted}) may still run")]
    if is_known_revision(found.schema):
        advice = "Run `postroom migrate`, or start Postroom, which does the same."
        return [Finding(Level.WARN, "schema", f"{found.schema}, and {wanted} is wanted", advice)]
    advice = "Run the version of Postroom that this database was used with, or a newer one."
    return [Finding(Level.FAIL, "schema", f"{found.schema} is not known to this version", advice)]


def known_keys(settings: Settings) -> SecretBox | None:
    """Return the box of the configured secrets, None when there is no key. Raises WrongKey for an empty key file."""
    older = (secret.get_secret_value() for secret in settings.previous_secrets)
    current = settings.secret.get_secret_value() if settings.secret else read_key_file(settings.data_dir)
    return SecretBox((current, *older)) if current else None


def check_canary(settings: Settings, found: Inspection) -> list[Finding]:
    """Check that the key is the one with which the database was written."""
    if not found.canaries:
        return [Finding(Level.OK, "key", "nothing is encrypted in this database yet")]
    try:
        box = known_keys(settings)
        if box is None:
            advice = "Set POSTROOM_SECRET to the secret used before, or put the key file back."
            return [Finding(Level.FAIL, "key", "the database holds encrypted secrets, and there is no key", advice)]
        for canary in found.canaries:
            box.check_canary(canary)
    except WrongKey as error:
        return [Finding(Level.FAIL, "key", "it is not the one this database was written with", error.message)]
    return [Finding(Level.OK, "key", "it opens what the database holds")]


def check_whole(database: str, damage: list[str]) -> list[Finding]:
    """Check that the database file is not damaged."""
    if not damage:
        return [Finding(Level.OK, "database", f"{database} answers")]
    advice = "Stop Postroom, keep a copy of the file, and put a backup in its place (docs/operations.md)."
    return [Finding(Level.FAIL, "database", f"{database} is damaged: {'; '.join(damage)}", advice)]


def check_sealed(rows: Sequence[SealedRow]) -> list[Finding]:
    """Report stored secrets that the key does not open. A damaged one affects only its own row."""
    if not rows:
        return []
    return [Finding(Level.WARN, "key", f"it does not open what is stored of {titles(rows)}", UNREADABLE_ADVICE)]


def check_rotation(settings: Settings, left: dict[str, int]) -> list[Finding]:
    """Report values that are still under an older secret; `left` counts them by place."""
    if left:
        where = ", ".join(f"{count} of {name}" for name, count in left.items())
        advice = "Run `postroom keys rotate`; until then keep the older secrets in POSTROOM_PREVIOUS_SECRETS."
        return [Finding(Level.WARN, "key", f"still under an older secret: {where}", advice)]
    if settings.previous_secrets:
        detail = "everything is under the newest secret: POSTROOM_PREVIOUS_SECRETS can go once every process uses it"
        return [Finding(Level.OK, "key", detail)]
    return []
