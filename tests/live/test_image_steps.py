"""The steps of the image without Docker: its install script, then its user, environment, commands and health check.

This takes half a minute, nearly all of it pip, and is worth it: nothing else notices that a file or a dependency which
only developers have is needed at run time, or that Postroom writes outside its data directory. Users would, at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from postroom import __version__
from tests.house.modules import PROJECT
from tests.live.processes import (
    Identity,
    ServerFailed,
    remove_folder,
    run_tool,
    server_folder,
    spawn,
    stop_process,
    wait_until,
)

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
LIST = """
import importlib.metadata, postroom
print(*(f"{each.name}=={each.version}" for each in importlib.metadata.distributions()), postroom.__file__)
"""
INSTALL_LIMIT = 400
START_LIMIT = 60
# No such user exists; an image's user is a number as well. Whoever is not root is unprivileged already.
NOBODY_IN_PARTICULAR = 10001


@dataclass(frozen=True)
class Image:
    """What the Dockerfile makes, in a folder; `environment` is its ENV, and nothing of the developer's."""

    folder: Path
    user: Identity

    @property
    def installed(self) -> Path:
        return self.folder / "postroom"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def here(self, text: str) -> str:
        """A text of the Dockerfile with the image's paths replaced by those of this folder."""
        return text.replace("/opt/postroom", str(self.installed)).replace("=/data", f"={self.data}")

    @property
    def environment(self) -> dict[str, str]:
        (block,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
        pairs = (pair.split("=", 1) for pair in shlex.split(self.here(block).replace("\\\n", " ")))
        return {name: value.replace("$PATH", os.defpath) for name, value in pairs}

    def command(self, *arguments: str) -> list[str]:
        """A command line as the image's user runs it."""
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        return ["env", "-i", f"--chdir={self.data}", *settings, *arguments]

    def run(self, *arguments: str) -> str:
        return run_tool(self.command(*arguments), self.user, timeout=START_LIMIT).decode()

    def succeeds(self, *arguments: str) -> bool:
        try:
            self.run(*arguments)
        except ServerFailed:
            return False
        return True

    def contents(self) -> set[tuple[Path, int]]:
        return {(path, path.lstat().st_mtime_ns) for path in self.installed.rglob("*")}


def allow_writing(folder: Path, allowed: bool) -> None:
    """For whoever is not root, the owner of the files must not write them either."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IWUSR if allowed else mode & ~0o222)


def python_for(user: Identity) -> Path:
    """The folder of a Python that this user can run: root's own may be in root's home."""
    usable = "import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    for folder in (Path(sys.base_prefix) / "bin", *map(Path, os.defpath.split(":"))):
        with contextlib.suppress(ServerFailed, OSError):
            run_tool([folder / "python3", "-c", usable], user)
            return folder
    raise AssertionError(f"user {user.uid} can run no python3 (3.11 to 3.13, with venv): apt-get install python3-venv")


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Installed by exactly the script that the Dockerfile runs; only the data directory may be written."""
    (script,) = re.findall(r"^RUN (deploy/\S+) /opt/postroom \"\$EXTRAS\"$", DOCKERFILE, re.MULTILINE)
    (extras,) = re.findall(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)
    root = os.geteuid() == 0
    myself = Identity("", "", os.geteuid(), os.getegid())
    user = Identity("", "", NOBODY_IN_PARTICULAR, NOBODY_IN_PARTICULAR) if root else myself
    image = Image(server_folder("postroom-image-", myself), user)
    try:
        image.folder.chmod(0o755)
        image.data.mkdir(mode=0o700)
        os.chown(image.data, user.uid, user.gid)
        environment = os.environ | {"PATH": f"{python_for(user)}:{os.environ['PATH']}"}
        done = subprocess.run(
            [PROJECT / script, image.installed, extras],
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        allow_writing(image.installed, False)
        yield image
    finally:
        allow_writing(image.installed, True)
        remove_folder(image.folder)


def test_it_is_this_version_from_the_image_alone_with_the_locked_versions(image: Image) -> None:
    assert image.run("postroom", "version").strip() == __version__
    listed = image.run("python", "-c", LIST).lower().split()
    assert listed.pop().startswith(f"{image.installed}/")
    locked = set((PROJECT / "requirements.lock").read_text(encoding="utf-8").lower().split())
    installed = {line.replace("_", "-") for line in listed}
    # Python 3.11 puts setuptools into every virtual environment.
    others = {each for each in installed if not each.startswith("setuptools==")}
    assert others - {line.replace("_", "-") for line in locked} == {f"postroom=={__version__}"}
    assert {each.split("==")[0] for each in others} & {"pip", "pytest", "mypy"} == set()


def test_it_serves_as_an_unprivileged_user_who_may_write_its_data_alone(image: Image) -> None:
    before = image.contents()
    log = image.folder / "serve.log"
    process = spawn(image.command("postroom", "serve", "--port", "0"), image.user, log)
    try:
        wait_until(lambda: b"ready at http" in log.read_bytes(), process, log, START_LIMIT)
        (url,) = re.findall(r"ready at (http://[\w.:]+)", log.read_text(encoding="utf-8"))
        (check,) = re.findall(r'CMD \["python", "-c", "(.*)"\]$', DOCKERFILE, re.MULTILINE)
        check = check.replace("http://127.0.0.1:3000", url)
        assert f"{url}/health" in check
        # Docker asks again until it is healthy, too; the script fails unless the answer is a success.
        wait_until(lambda: image.succeeds("python", "-c", check), process, log)
        stop_process(process, signal.SIGTERM, START_LIMIT)
        assert process.returncode == 0, log.read_text(encoding="utf-8")
    finally:
        stop_process(process, signal.SIGKILL)
    assert image.contents() == before
    owners = {path.lstat().st_uid for path in image.data.rglob("*")}
    assert (image.data / "postroom.db").exists()
    assert owners == {image.user.uid}
