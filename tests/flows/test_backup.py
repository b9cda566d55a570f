"""Backup and restore by the very commands of docs/operations.md, while the gateway runs, on both engines."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.postroom_program import PROGRAM, run_loaded
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import FAST, Gateway, imap, sooner_or_later
from tests.house.modules import PROJECT
from tests.live.postgres import Postgres, postgres_programs

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
ONCE = ["accountAdded", "accountInitialized", "authenticationSuccess"]
COMMAND_LIMIT = 60


@dataclass(frozen=True)
class Place:
    """Where a gateway has its data; with `database_url` None, a SQLite file and a key file in the folder."""

    folder: Path
    database_url: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def engine(self) -> str:
        return "PostgreSQL" if self.database_url else "SQLite"

    def gateway(self) -> Gateway:
        """On SQLite the key is in its file, on PostgreSQL in POSTROOM_SECRET."""
        secret = FAST["secret"] if self.database_url else None
        return Gateway(self.folder, database_url=self.database_url, secret=secret, lease="3", heartbeat="0.5")

    def postroom(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given: dict[str, Any] = {**settings}
        if self.database_url:
            given["database_url"] = self.database_url
        return run_loaded(self.folder, *arguments, token=FAST["token"], **given)

    async def follow(self, what: str, folder: Path) -> None:
        """Run the commands of the page that begin with this comment, in the folder of the copy."""
        (commands,) = re.findall(rf"^```sh\n(# {what} {self.engine}\b.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        programs = postgres_programs()
        environment = {
            "PATH": ":".join(map(str, filter(None, (Path(PROGRAM).parent, programs, os.environ["PATH"])))),
            "POSTROOM_DATA_DIR": str(self.data),
            "POSTROOM_DATABASE_URL": self.database_url or "",
        }
        shell = ["sh", "-euc", commands]
        done = await asyncio.to_thread(
            subprocess.run, shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=COMMAND_LIMIT
        )
        assert (done.returncode, done.stderr) == (0, ""), commands


def announced(receiver: WebhookReceiver, account: str) -> Counter[str]:
    """What was posted of an account, each time it was posted, new mail by its subject."""
    bodies = [request.json() for request in receiver.requests]
    return Counter(body["data"].get("subject") or body["event"] for body in bodies if body["account"] == account)


async def all_handed_in(gateway: Gateway) -> None:
    """Every delivery is known as delivered: a copy made earlier would rightly post again."""

    async def so() -> bool:
        waiting = await gateway.ask("GET", "/v1/webhooks/global/deliveries?state=pending")
        return int(waiting["total"]) == 0

    await sooner_or_later(so, what="nothing left to post")


async def refused_without_its_key(new: Place) -> None:
    wrong = {"and there is no key": {}, "is not the one this database was written with": {"secret": "another"}}
    for finding, settings in wrong.items():
        started = await asyncio.to_thread(new.postroom, "serve", "--port", "0", **settings)
        assert started.returncode == 1, started.stdout
        assert "POSTROOM_SECRET" in started.stderr
        assert "Traceback" not in started.stderr
        doctor = await asyncio.to_thread(new.postroom, "doctor", **settings)
        assert doctor.returncode == 1
        assert finding in doctor.stdout.replace("\n", " ")


def places(tmp_path: Path, server: Postgres | None) -> tuple[Place, Place]:
    urls = [server.create_database() if server else None for _ in range(2)]
    return Place(tmp_path / "old", urls[0]), Place(tmp_path / "new", urls[1])


@pytest.mark.parametrize("engine", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
async def test_a_copy_of_a_running_gateway_is_restored_beside_and_goes_on(
    engine: str, tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgres_server") if engine == "PostgreSQL" else None
    old, new = places(tmp_path, server)
    account = f"restored-{engine}"
    new.folder.mkdir()
    async with old.gateway() as gateway:
        await gateway.post_webhooks_to(receiver.url)
        await gateway.register(account, imap(mail, account))
        await gateway.reaches(account, "connected")
        mail.append(account, b"Subject: before\r\n\r\n")
        before = {**dict.fromkeys(ONCE, 1), "before": 1}
        await eventually(lambda: announced(receiver, account) == before, 60)
        await all_handed_in(gateway)
        await old.follow("Back up", tmp_path)
        mail.append(account, b"Subject: between\r\n\r\n")
        await eventually(lambda: announced(receiver, account)["between"] == 1, 60)
        assert await gateway.terminate() == 0

    await new.follow("Restore", tmp_path)
    await refused_without_its_key(new)
    if old.database_url is None:
        shutil.copy2(old.data / "secret.key", new.data / "secret.key")
    secret = {} if new.database_url is None else {"secret": FAST["secret"]}
    doctor = await asyncio.to_thread(new.postroom, "doctor", **secret)
    assert "it opens what the database holds" in doctor.stdout
    async with new.gateway() as gateway:
        await gateway.reaches(account, "connected")
        mail.append(account, b"Subject: after\r\n\r\n")
        # What the copy did not know of is announced again, and nothing that it knew.
        expected = {**before, "between": 2, "after": 1}
        await eventually(lambda: announced(receiver, account) == expected, 60, what="announced as the page says")
        await all_handed_in(gateway)
        assert announced(receiver, account) == expected
        assert await gateway.terminate() == 0
    if server:
        for place in (old, new):
            server.drop_database(str(place.database_url))
