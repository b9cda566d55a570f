"""`postroom serve`: the real program from its first start to SIGTERM."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.postroom_program import PROGRAM, START_LIMIT, Program, call, run_loaded, running

READY = r"ready at (http://\S+)"
TOKEN_FILE = r"first API token is in (\S+),"
STOP_BOUND = 15.0


@contextmanager
def gateway(folder: Path, *, loaded: bool = True, **settings: str) -> Iterator[tuple[Program, str]]:
    """A gateway that is ready; without `loaded` Python loads the program as at its users', where that may matter."""
    options: dict[str, Any] = {**settings}
    with running(folder, "serve", "--port", "0", loaded=loaded, **options) as program:
        yield program, program.wait_for(READY).group(1)


def ask(url: str, token: str) -> int:
    return requests.get(f"{url}/v1/accounts", headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code


def first_token(program: Program) -> str:
    return Path(program.wait_for(TOKEN_FILE).group(1)).read_text().strip()


def test_the_first_start_keeps_a_token_in_a_file_and_sigterm_ends_it(tmp_path: Path) -> None:
    with gateway(tmp_path, loaded=False) as (program, url):
        token = first_token(program)
        assert stat.S_IMODE((tmp_path / "data" / "first-token").stat().st_mode) == 0o600
        assert len([line for line in program.errors if "secret.key" in line]) == 1
        assert ask(url, token) == 200
        assert ask(url, "0" * 64) == 401
        begun = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - begun < STOP_BOUND
    assert token not in "\n".join(program.errors + program.output)
    assert program.output == []
    assert len([line for line in program.errors if re.search(READY, line)]) == 1
    (stopping,) = [line for line in program.errors if "stopping in order" in line]
    assert f"pid={program.process.pid}" in stopping
    assert "info" in stopping
    assert not [line for line in program.errors if re.search(r"warning|error|Traceback", line)]

    with gateway(tmp_path, loaded=False) as (again, url):
        assert ask(url, token) == 200
        assert again.stop() == 0
    assert not re.search("token|secret.key", "\n".join(again.output + again.errors))


def test_where_the_log_is_silent_standard_output_says_it(tmp_path: Path) -> None:
    with gateway(tmp_path, loaded=False, log_level="warning") as (program, url):
        assert ask(url, first_token(program)) == 200
        assert program.stop() == 0
    assert [len([line for line in program.output if word in line]) for word in ("secret.key", "ready at")] == [1, 1]
    assert program.errors == []


def test_a_silent_log_in_json_tells_where_the_token_is(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0", log_level="warning", log_format="json") as program:
        assert first_token(program)
        assert program.stop() == 0
    assert program.output == []


def test_a_terminal_is_shown_the_token_once_and_no_file_is_made(tmp_path: Path) -> None:
    shown = seen_on_a_terminal(tmp_path, until="ready at")
    assert len(re.findall(r"API token, shown this once: [0-9a-f]{64}\b", shown)) == 1
    assert not (tmp_path / "data" / "first-token").exists()


def test_a_token_that_cannot_be_kept_is_shown_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "data" / "first-token").mkdir(parents=True)
    with gateway(tmp_path) as (program, _url):
        assert program.stop() == 0
    (line,) = [line for line in program.errors if "postroom token issue" in line]
    assert "warning" in line
    assert not re.search(r"[0-9a-f]{64}", "\n".join(program.errors + program.output))


def seen_on_a_terminal(folder: Path, *, until: str) -> str:
    ours, theirs = pty.openpty()
    command = [PROGRAM, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=subprocess.DEVNULL, env=clean()) as process:
        os.close(theirs)
        seen = ""
        deadline = time.monotonic() + START_LIMIT
        while until not in seen and select.select([ours], [], [], max(0.0, deadline - time.monotonic()))[0]:
            seen += os.read(ours, 4096).decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_BOUND) == 0
    os.close(ours)
    return seen


def clean() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    # Standard output says then, behind the token, that all is ready.
    return kept | {"POSTROOM_LOG_LEVEL": "warning"}


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    with gateway(tmp_path, loaded=False) as (program, _url):
        assert program.stop(signal.SIGINT) == 0
    assert "Traceback" not in "\n".join(program.errors)


def test_a_prepared_token_works_and_no_other_is_made(tmp_path: Path) -> None:
    with gateway(tmp_path, token="prepared-by-a-program", secret="s") as (program, url):
        assert ask(url, "prepared-by-a-program") == 200
        program.stop()
    assert "API token" not in "\n".join(program.output)
    assert not list(tmp_path.rglob("secret.key"))


def test_what_should_be_mended_is_told_at_the_start_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "secret.key").write_text("a key of this installation\n")
    (tmp_path / "data" / "secret.key").chmod(0o644)
    with gateway(tmp_path, token="change-me-to-a-secret") as (program, _):
        program.wait_for("warning.*POSTROOM_TOKEN could be guessed: .*openssl rand")
        program.wait_for("warning.*Others can read .*secret.key, mode 0644.*chmod 600")
        program.stop()
    assert "change-me" not in "\n".join([*program.output, *program.errors])


def test_a_token_issued_meanwhile_works_at_once(tmp_path: Path) -> None:
    with gateway(tmp_path) as (_program, url):
        token = call(tmp_path, "token", "issue", "--description", "meanwhile").stdout.strip()
        assert ask(url, token) == 200


def test_another_secret_refuses_to_start_and_overwrites_nothing(tmp_path: Path) -> None:
    with gateway(tmp_path, secret="right", token="t") as (program, url):
        body: dict[str, Any] = {
            "account": "a",
            "name": "A",
            "imap": {"host": "127.0.0.1", "port": 1, "auth": {"user": "a", "pass": "hidden"}},
        }
        registered = requests.post(f"{url}/v1/account", json=body, headers={"Authorization": "Bearer t"}, timeout=10)
        assert registered.status_code == 200, registered.text
        program.stop()
    before = stored_secrets(tmp_path)
    done = run_loaded(tmp_path, "serve", "--port", "0", secret="wrong")
    assert done.returncode == 1
    assert "POSTROOM_SECRET" in done.stderr
    assert "Traceback" not in done.stderr
    assert stored_secrets(tmp_path) == before
    with gateway(tmp_path, secret="right", token="t") as (_again, url):
        assert ask(url, "t") == 200


def test_a_lost_key_file_refuses_to_start_and_makes_no_other(tmp_path: Path) -> None:
    with gateway(tmp_path) as (program, _url):
        program.stop()
    (tmp_path / "data" / "secret.key").unlink()
    done = run_loaded(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert "secret.key" in done.stderr
    assert not (tmp_path / "data" / "secret.key").exists()
    assert call(tmp_path, "doctor").returncode == 1


def test_a_second_process_on_the_same_folder_says_so(tmp_path: Path) -> None:
    with gateway(tmp_path) as (program, _url):
        done = run_loaded(tmp_path, "serve", "--port", "0")
        assert done.returncode == 1
        assert str(program.process.pid) in done.stderr
        assert "PostgreSQL" in done.stderr
        assert program.stop() == 0


@pytest.mark.parametrize(
    ("state", "said"), [("damaged", "put a backup in its place"), ("held", "End the other program")]
)
def test_a_database_that_cannot_be_used_ends_it_with_the_file_and_the_cure(
    tmp_path: Path, state: str, said: str
) -> None:
    call(tmp_path, "migrate")
    path = tmp_path / "data" / "postroom.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        if state == "held":
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
        else:
            path.write_bytes(path.read_bytes()[:4096] + b"noise" * 20_000)
        for command in ("serve", "doctor"):
            done = run_loaded(tmp_path, command, port="0", token="a token of this test")
            assert done.returncode == 1
            words = " ".join((done.stdout + done.stderr).split())
            assert str(path) in words
            assert said in words
            assert "Traceback" not in words


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run_loaded(tmp_path, "serve", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "POSTROOM_PORT" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_doctor_knows_a_running_gateway(tmp_path: Path) -> None:
    with gateway(tmp_path) as (_program, url):
        done = call(tmp_path, "doctor", "--port", url.rpartition(":")[2])
    assert done.returncode == 0
    assert "Postroom is running" in done.stdout


def test_a_stop_during_the_start_is_an_orderly_one(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as program:
        deadline = time.monotonic() + 20
        while not (tmp_path / "data" / "postroom.db").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert program.stop() == 0
    assert "Traceback" not in "\n".join(program.errors)


def stored_secrets(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "data" / "postroom.db") as database:
        rows = database.execute("SELECT secrets FROM account_settings").fetchall()
        rows += database.execute("SELECT value FROM meta WHERE name = 'canary'").fetchall()
    database.close()
    return rows


def test_open_streams_do_not_hold_up_the_end(tmp_path: Path) -> None:
    with gateway(tmp_path, token="t", secret="s") as (program, url):
        streams = [
            requests.get(f"{url}{path}?access_token=t", stream=True, timeout=10)
            for path in ("/v1/events/stream", "/v1/changes")
        ]
        for stream in streams:
            assert next(stream.iter_content(None)).startswith(b": Postroom")
        begun = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - begun < 5.0
        assert [b"".join(stream.iter_content(None)) for stream in streams] == [b"", b""]
    assert "Traceback" not in "\n".join(program.errors)


AT_REST = """
import os, signal, sys
import postroom.cli.main as program

def welcome(running, data_dir):
    print(*sys.modules)
    os.kill(os.getpid(), signal.SIGTERM)

def start(begin=program.start, **options):
    import postroom.cli.serving.serve as serving

    serving.welcome = welcome
    begin(**options)

program.start = start
sys.argv[1:] = ["serve", "--port", "0", "--data-dir", sys.argv[1]]
program.main()
"""
"""A gateway that prints what it has loaded as soon as it answers, and ends."""


def test_what_a_quiet_gateway_does_without_is_not_loaded(tmp_path: Path) -> None:
    """Each of these takes memory; what needs one of them imports it there. A first start also loads what migrates."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    program = [sys.executable, "-c", AT_REST, str(tmp_path)]
    _, again = (
        subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    loaded = set(again.stdout.split())
    assert {"postroom.webhooks.delivery.deliverer", "postroom.composition.late_dashboard"} <= loaded
    assert {"postroom.connections.clients.smtp_client", "aiosmtplib.errors"} <= loaded
    spared = (
        "aiodns aiohttp aiosmtplib.email aiosmtplib.smtp alembic argon2 argparse asyncpg click colorama "
        "cryptography.x509 csv ctypes difflib dns email.generator email.headerregistry email.message email.policy "
        "email_validator greenlet html html.entities httpx idna importlib.metadata._meta jinja2 joserfc "
        "logging.handlers mako multiprocessing nh3 opentelemetry prometheus_client.exposition publicsuffixlist pycares "
        "pygments pyotp python_socks rich segno selectolax typer urllib.request uvicorn.main wsgiref zipfile "
        "sqlalchemy.dialects.postgresql sqlalchemy.ext.asyncio sqlalchemy.orm postroom.cli.remote postroom.client "
        "postroom.demo postroom.moving postroom.web.dashboard postroom.connections.clients.smtp_heard "
        "postroom.schemas.answers postroom.schemas.examples"
    )
    assert [name for name in spared.split() if name in loaded] == []
