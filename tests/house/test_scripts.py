"""The scripts behind `make install` and `make test`, with stand-ins for programs that would change the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.house.modules import PROJECT

STANDARD_PROGRAMS = ("bash", "env", "rm", "true")
POSTGRES = "usr/lib/postgresql/15/bin/initdb"
CHROMIUM = "usr/bin/chromium"
DOVECOT = ("usr/sbin/dovecot", "usr/lib/dovecot/imap")
ALL_PROGRAMS = (*DOVECOT, "usr/lib/postfix/sbin/master", POSTGRES, CHROMIUM, "usr/bin/npm")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is the whole PATH: the standard programs, and the stand-ins of a test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in STANDARD_PROGRAMS:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def stand_in(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)


def run(script: str, programs: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / ".ci" / script, *arguments],
        env={"PATH": str(programs)} | environment,
        cwd=programs.parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def put_programs(root: Path, *paths: str) -> None:
    for path in paths:
        program = root / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(0o755)


def test_without_root_it_says_which_suites_are_left_out(programs: Path, tmp_path: Path) -> None:
    stand_in(programs, "id", "echo 1000")
    stand_in(programs, "apt-get", f"echo called > {tmp_path}/apt")
    done = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path))
    assert done.returncode == 0
    assert "LEFT OUT: the live Dovecot suites" in done.stdout
    assert "LEFT OUT: the PostgreSQL suites" in done.stdout
    assert "LEFT OUT: the browser suites" in done.stdout
    assert "LEFT OUT: the TypeScript suites" in done.stdout
    assert "LEFT OUT: the Postfix suites (tests marked 'postfix'): Postfix runs for root only." in done.stdout
    assert not (tmp_path / "apt").exists()


@pytest.mark.parametrize(("user", "with_sudo"), [("0", False), ("1000", True)])
def test_with_root_or_sudo_it_installs_what_is_missing(
    programs: Path, tmp_path: Path, user: str, with_sudo: bool
) -> None:
    stand_in(programs, "id", f"echo {user}")
    stand_in(programs, "apt-get", f'echo "$@" >> {tmp_path}/apt')
    if with_sudo:
        stand_in(programs, "sudo", '[ "$1" = -n ] && shift; exec "$@"')
    put_programs(tmp_path, *set(ALL_PROGRAMS) - {POSTGRES})
    done = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path))
    assert ("LEFT OUT: the Postfix suites" in done.stdout) is with_sudo
    assert done.stdout.count("LEFT OUT") == with_sudo
    update, install = (tmp_path / "apt").read_text().splitlines()
    assert update.startswith("update")
    assert install.endswith(" postgresql")


def test_a_failed_installation_leaves_suites_out(programs: Path, tmp_path: Path) -> None:
    stand_in(programs, "id", "echo 0")
    stand_in(programs, "apt-get", "exit 100")
    put_programs(tmp_path, POSTGRES)
    done = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path))
    assert done.returncode == 0
    assert "dovecot" in done.stdout
    assert "PostgreSQL suites" not in done.stdout


def test_what_can_be_installed_is_installed(programs: Path, tmp_path: Path) -> None:
    stand_in(programs, "id", "echo 0")
    stand_in(programs, "apt-get", f'case "$*" in *chromium) exit 100;; esac; echo "$@" >> {tmp_path}/apt')
    done = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path))
    said = [line.partition(" (")[0] for line in done.stdout.splitlines()[1:]]
    assert said == ["LEFT OUT: the browser suites"]
    installed = [line.split()[-1] for line in (tmp_path / "apt").read_text().splitlines()[1:]]
    assert installed == ["dovecot-imapd", "postgresql", "npm", "postfix"]


def test_postfix_is_installed_without_a_configuration(programs: Path, tmp_path: Path) -> None:
    """Debian's package starts a mail server otherwise."""
    stand_in(programs, "id", "echo 0")
    stand_in(programs, "debconf-set-selections", f'read -r line; echo "$line" > {tmp_path}/answers')
    stand_in(programs, "apt-get", f'[ "$1" = update ] || [ -e {tmp_path}/answers ] || exit 100; echo $DEBIAN_FRONTEND')
    put_programs(tmp_path, *(each for each in ALL_PROGRAMS if "postfix" not in each))
    done = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path))
    assert "LEFT OUT" not in done.stdout
    assert (tmp_path / "answers").read_text() == "postfix postfix/main_mailer_type select No configuration\n"


def test_nothing_is_said_when_nothing_is_missing(programs: Path, tmp_path: Path) -> None:
    stand_in(programs, "id", "echo 0")
    put_programs(tmp_path, *set(ALL_PROGRAMS) - {CHROMIUM})
    said = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path)).stdout.splitlines()
    assert [line.partition(" (")[0] for line in said] == ["LEFT OUT: the browser suites"]
    put_programs(tmp_path, CHROMIUM)
    done = run("system-packages", programs, SYSTEM_ROOT=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_python_without_venv_is_named_and_leaves_no_half_made_folder(programs: Path, tmp_path: Path) -> None:
    stand_in(programs, "python3", 'if [ "$1" = -c ]; then echo python3.11-venv; else mkdir -p .venv/bin; exit 1; fi')
    (programs / "mkdir").symlink_to(str(shutil.which("mkdir")))
    stand_in(programs, "id", "echo 0")
    stand_in(programs, "apt-get", f'echo "$@" >> {tmp_path}/apt')
    done = run("virtualenv", programs, "python3")
    assert done.returncode == 1
    assert "apt-get install python3.11-venv" in done.stderr
    assert "python3.11-venv" in (tmp_path / "apt").read_text()
    assert not (tmp_path / ".venv").exists()


def test_a_virtual_environment_that_is_there_is_kept(programs: Path, tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert run("virtualenv", programs, "no-such-python").returncode == 0
    assert python.is_symlink()


def test_the_lock_file_names_no_registry() -> None:
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or line.startswith("-")] == []
    assert any(line.startswith("pymap==") for line in lines)


def test_the_lock_file_satisfies_every_dependency() -> None:
    locked = {
        requirement.name: requirement.specifier
        for line in (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if line[:1].isalnum()
        for requirement in [Requirement(line)]
    }
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(each for extra in project["project"]["optional-dependencies"].values() for each in extra if "[" not in each),
        *project["dependency-groups"]["dev"],
    ]
    for requirement in map(Requirement, wanted):
        (pinned,) = locked[requirement.name]
        assert pinned.operator == "=="
        assert requirement.specifier.contains(pinned.version), requirement


def test_what_ci_runs_is_what_a_contributor_types() -> None:
    assert (PROJECT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("make test")
    for script in (PROJECT / ".ci").iterdir():
        assert os.access(script, os.X_OK)
