"""`postroom doctor ACCOUNT`: the real command against a real database and a mail server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from postroom.accounts.service import Accounts
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.sealing.keys import open_box
from tests.cli.postroom_program import call
from tests.fakes.imap_server import FakeImapServer

SECRET = "the secret of this test"


async def register(folder: Path, imap: dict[str, Any]) -> None:
    settings = Settings(data_dir=folder / "data", _env_file=None)
    settings.data_dir.mkdir()
    db = open_database(settings.resolved_database_url)
    await db.start()
    await db.migrate()
    box = await open_box(db, settings.data_dir, SECRET)
    await Accounts(db, box).register("someone", {"name": "Some One", "imap": imap})
    await db.close()


async def doctor(folder: Path, password: str = "pass", account: str = "someone", secret: str = SECRET) -> Any:
    async with FakeImapServer() as server:
        imap = {"host": "127.0.0.1", "port": server.port, "auth": {"user": "u", "pass": password}}
        await register(folder, imap)
        # In a thread, because the server lives in this loop.
        return await asyncio.to_thread(call, folder, "doctor", account, secret=secret)


async def test_an_account_that_works(tmp_path: Path) -> None:
    done = await doctor(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "IMAP 127.0.0.1:" in done.stdout
    for step in ("dns", "tcp-ipv4", "greeting", "capabilities", "login", "folders", "idle"):
        assert f"  ok      {step}" in done.stdout
    assert "Everything works." in done.stdout


async def test_an_account_that_does_not_work(tmp_path: Path) -> None:
    done = await doctor(tmp_path, "sesame")
    assert done.returncode == 1
    assert "  failed  login" in done.stdout
    assert "the sign-in fails" in done.stdout
    assert "→ Check user name and password" in done.stdout
    assert "sesame" not in done.stdout


async def test_another_key_is_noticed_before_anything_is_tried(tmp_path: Path) -> None:
    done = await doctor(tmp_path, secret="another secret")
    assert (done.returncode, done.stdout) == (1, "")
    assert "POSTROOM_SECRET" in done.stderr or "key" in done.stderr


async def test_an_unknown_account(tmp_path: Path) -> None:
    done = await doctor(tmp_path, account="nobody")
    assert done.returncode == 1
    assert "There is no account 'nobody'" in done.stderr


def test_without_a_database(tmp_path: Path) -> None:
    done = call(tmp_path, "doctor", "someone")
    assert done.returncode == 1
    assert "no database yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
