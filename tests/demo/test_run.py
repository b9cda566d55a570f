"""`postroom demo`: the real program, told to its end, and interrupted."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import socket
import stat
import subprocess
from pathlib import Path

from tests.cli.postroom_program import run, running
from tests.fakes.ports import PortReservation
from tests.web.dashboard.desk_site import Operator


def test_once_tells_the_story_and_leaves(tmp_path: Path) -> None:
    # Each of its steps has a limit of its own, which the program tells.
    done = run(tmp_path, "demo", "--port", "0", "--once", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout
    places = [told.index(f"state    {state} ") for state in ("init", "connecting", "syncing", "connected")]
    assert places == sorted(places)
    for event in ("accountAdded", "authenticationSuccess", "accountInitialized"):
        assert f"webhook  {event}" in told
    assert "“Hello from the sandbox” in INBOX" in told.partition("messageNew")[2]
    assert re.search(r"POST /v1/account/demo/submit +queued as \w+$", told, re.MULTILINE)
    assert re.search(r"webhook  messageSent +to ada@example.test: 250 2.0.0 Taken", told, re.MULTILINE)
    assert "An older letter" not in told
    assert list(tmp_path.iterdir()) == []


def test_it_stays_up_and_its_lines_work_as_printed(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--port", "0") as program:
        ask = program.wait_for(r"^\s+(curl .*/v1/account/demo)$").group(1)
        answer = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, timeout=20, check=True).stdout
        assert '"state":"connected"' in answer.replace(" ", "")
        send = program.wait_for(r"^\s+(printf .*)$").group(1)
        subprocess.run(["bash", "-c", send], timeout=20, check=True)
        program.wait_for("“Written by hand” in INBOX")
        submit = program.wait_for(r"^\s+(curl .*/submit)$").group(1)
        subprocess.run(["bash", "-c", submit], capture_output=True, timeout=20, check=True)
        program.wait_for("messageSent +to you@example.test")
        assert [stat.S_IMODE((tmp_path / folder).stat().st_mode) for folder in ("data", "data/demo")] == [0o700, 0o700]
        assert shlex.split(ask)[3].removeprefix("Authorization: Bearer ") in (tmp_path / "data/demo/env").read_text()
        assert program.stop(signal.SIGINT) == 0
    assert list(tmp_path.iterdir()) == []
    assert program.errors == []


async def account_page(page: str, password: str) -> str:
    """What a person sees who follows the printed address and enters the printed password."""
    base, path, account = page.partition("/dashboard/")
    async with Operator(base) as person:
        asked = await person.open(path + account)
        form = await person.open(asked.location)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form.text))
        entered = await person.send("/dashboard/sign-in", {**hidden, "password": password})
        return (await person.open(entered.location)).text


def test_the_dashboard_opens_with_the_printed_address_and_password(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--port", "0") as program:
        password = program.wait_for(r"^\s+Password\s+(\S+)$").group(1)
        page = program.wait_for(r"^\s+(http\S+/dashboard/accounts/demo)$").group(1)
        shown = asyncio.run(account_page(page, password))
        assert "Demo User" in shown
        assert "Hello from the sandbox" in shown
        program.wait_for("Ctrl-C ends")
        assert program.stop(signal.SIGINT) == 0


def test_a_port_that_is_taken_is_no_obstacle(tmp_path: Path) -> None:
    reservation = PortReservation()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", reservation.port))
        other.listen()
        done = run(tmp_path, "demo", "--once", "--port", str(reservation.port))
    reservation.release()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Port {reservation.port} is taken by another program" in done.stdout


def test_settings_of_the_operator_do_not_get_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTROOM_DATABASE_URL=sqlite:///mine.db\nPOSTROOM_PORT=1\nPOSTROOM_SECRET=x\n")
    assert (
        run(
            tmp_path, "demo", "--port", "0", "--once", host_policy="public", webhook_private_addresses="false"
        ).returncode
        == 0
    )
    assert not (tmp_path / "mine.db").exists()
