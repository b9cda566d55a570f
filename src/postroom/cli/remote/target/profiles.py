"""The file of profiles: gateways by name, each with its address and a token.

    current = "work"

    [profiles.work]
    url = "https://mail-gateway.example"
    token = "…"

Only its owner can read the file, because the tokens in it are secrets.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

import typer

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.footprint.dataclass import dataclass

__all__ = ["NAME", "NO_PROFILES", "GatewayProfile", "Profiles", "is_private", "load", "profiles_file", "save"]

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FILE: Final = "profiles.toml"


@dataclass(frozen=True, slots=True)
class GatewayProfile:
    """One gateway."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles; `current` is the one in use, None when there is none."""

    by_name: Mapping[str, GatewayProfile]
    current: str | None = None

    def added(self, name: str, profile: GatewayProfile, *, use: bool) -> Profiles:
        """Return them with one more; it is in use if `use` says so, or if it is the only one."""
        by_name = {**self.by_name, name: profile}
        return Profiles(by_name, name if use or len(by_name) == 1 else self.current)

    def without(self, name: str) -> Profiles:
        """Return them without one."""
        by_name = {each: profile for each, profile in self.by_name.items() if each != name}
        return Profiles(by_name, None if name == self.current else self.current)


NO_PROFILES: Final = Profiles({})


def profiles_file() -> Path:
    """Return where the file is: ~/.config/postroom/profiles.toml, or as XDG_CONFIG_HOME or the system has it."""
    return Path(typer.get_app_dir("postroom")) / _FILE


def load(file: Path) -> Profiles:
    """Return the profiles, none when there is no file. Raises CommandLineError when it cannot be read."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return NO_PROFILES
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(file, str(error)) from error
    except RecursionError:
        raise _unreadable(file, "it is nested too deeply") from None
    by_name = {name: _profile(file, name, value) for name, value in _table(file, found.get("profiles", {})).items()}
    current = found.get("current")
    return Profiles(by_name, current if isinstance(current, str) and current in by_name else None)


def save(file: Path, profiles: Profiles) -> None:
    """Write the file anew with mode 0600. Whoever reads it meanwhile finds the old one or the new one, complete."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes files that only their owner can read.
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{_FILE}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as written:
            written.write(_text(profiles))
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def is_private(file: Path) -> bool:
    """Say whether nobody but its owner can read the file."""
    return file.stat().st_mode & 0o077 == 0


def _text(profiles: Profiles) -> str:
    lines = [f"current = {_quoted(profiles.current)}"] if profiles.current else []
    for name, profile in sorted(profiles.by_name.items()):
        lines += [
            "",
            f"[profiles.{_quoted(name)}]",
            f"url = {_quoted(profile.url)}",
            f"token = {_quoted(profile.token)}",
        ]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """A basic string of TOML: with ASCII alone, JSON writes the same."""
    return json.dumps(text)


def _table(file: Path, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _unreadable(file, "it has no [profiles.NAME]")
    return value


def _profile(file: Path, name: str, value: object) -> GatewayProfile:
    table = _table(file, value)
    url, token = table.get("url"), table.get("token")
    if not (isinstance(url, str) and isinstance(token, str) and url and token):
        raise _unreadable(file, f"the profile {name} needs url and token")
    return GatewayProfile(url, token)


def _unreadable(file: Path, why: str) -> CommandLineError:
    return CommandLineError(
        f"The file of profiles {file} cannot be read: {why}. Correct it or take it away.", ExitStatus.USAGE
    )
