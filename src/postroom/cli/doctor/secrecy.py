"""Checks for secrets that could be guessed or read by other users; used by `postroom doctor` and at the start."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from postroom.access.strength import weakness
from postroom.cli.doctor.checks import Finding, Level
from postroom.settings import Settings, files_with_secrets
from postroom.storage.files import is_open_to_others, open_to_others
from postroom.storage.sealing.secrets import KEY_FILE

_EVERYBODY = 0o007


def told_at_the_start(settings: Settings) -> list[Finding]:
    """Return what the operator should fix. The start itself closes the database files to other users."""
    found = [*check_token(settings), *check_settings_files(), *check_key_file(settings)]
    return [finding for finding in found if finding.level is Level.WARN]


def check_token(settings: Settings) -> list[Finding]:
    """Check that the token of a prepared deployment cannot be guessed. It permits everything."""
    if settings.token is None:
        return []
    weak = weakness(settings.token.get_secret_value())
    if weak is None:
        return [Finding(Level.OK, "token", "POSTROOM_TOKEN looks random")]
    advice = "Set it to the output of `openssl rand -hex 32`; with it anybody may do anything."
    return [Finding(Level.WARN, "token", f"POSTROOM_TOKEN could be guessed: {weak}", advice)]


def check_settings_files() -> list[Finding]:
    """Check that not everybody can read settings files with secrets. A group may, such as the service's."""
    return [
        Finding(Level.WARN, "settings", f"everybody can read {path}, mode {_mode(path):04o}", f"Run: chmod o= {path}")
        for path in files_with_secrets()
        if _mode(path) & _EVERYBODY
    ]


def check_privacy(settings: Settings) -> list[Finding]:
    """Check that others cannot read the folder or the SQLite files. The key file has a check of its own."""
    found = []
    folder, database = settings.data_dir, settings.sqlite_file
    holds_secrets = (folder / KEY_FILE).exists() or (database is not None and database.parent == folder.resolve())
    if holds_secrets and is_open_to_others(folder):
        detail = f"others can look into {folder}, mode {_mode(folder):04o}"
        found.append(Finding(Level.WARN, "data directory", detail, f"Run: chmod 700 {folder}"))
    for path in open_to_others(database) if database is not None else ():
        detail = f"others have rights on {path}, mode {_mode(path):04o}"
        found.append(
            Finding(Level.WARN, "database", detail, f"Run: chmod 600 {path}, or start Postroom, which does it.")
        )
    return found


def check_key_file(settings: Settings) -> list[Finding]:
    """Report where the encryption key comes from, and whether others can read it."""
    path = settings.data_dir / KEY_FILE
    if settings.secret is not None:
        return [Finding(Level.OK, "key", "from POSTROOM_SECRET")]
    if not path.exists():
        return [Finding(Level.OK, "key", f"no {path} yet: a new installation makes it at its first start")]
    if not os.access(path, os.R_OK):
        return [Finding(Level.FAIL, "key", f"{path} cannot be read", f"Run as its owner, or chown it: {path}")]
    if is_open_to_others(path):
        detail = f"others can read {path}, mode {_mode(path):04o}"
        return [Finding(Level.WARN, "key", detail, f"Run: chmod 600 {path}")]
    return [Finding(Level.OK, "key", f"{path}, readable by its owner alone")]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
