"""An upgrade with both versions at work on one PostgreSQL: this code is the old one, a copy with more the new one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import postroom
from postroom.storage.migrate import newest_revision
from tests.cli.postroom_program import run
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import FAST, Gateway, imap, names_of, sooner_or_later

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.postgres]

EXPAND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9001", "{before}", None, None
def upgrade():
    op.add_column("accounts", sa.Column("nickname", sa.Text(), nullable=True))
    op.add_column("nodes", sa.Column("zone", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_accounts_nickname", "accounts", ["nickname"])
"""
CONTRACT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9002", "9001", None, None
needs = "9001"
def upgrade():
    op.alter_column("accounts", "nickname", server_default="", existing_type=sa.Text())
"""


def next_version(folder: Path, *migrations: str) -> Path:
    """A copy of the package with migrations of its own; return what to put on the path."""
    copied = Path(shutil.copytree(Path(postroom.__file__).parent, folder / "postroom"))
    for number, text in enumerate(migrations, start=9001):
        path = copied / "storage" / "migrations" / "versions" / f"{number}_next.py"
        path.write_text(text.format(before=newest_revision()))
    return folder


async def migrate_with(source: Path, url: str) -> None:
    """`postroom migrate` of the version in `source`."""
    environment = os.environ | {"PYTHONPATH": str(source), "POSTROOM_DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "postroom", "migrate"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=source, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


async def test_the_old_version_goes_on_beside_the_new_one_and_is_refused_after_a_contract_step(
    tmp_path: Path,
    mail: FakeImapServer,
    receiver: WebhookReceiver,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expanded = next_version(tmp_path / "expanded", EXPAND)
    contracted = next_version(tmp_path / "contracted", EXPAND, CONTRACT)
    old = Gateway(tmp_path / "old", database_url=postgres_url)
    new = Gateway(tmp_path / "new", database_url=postgres_url)
    try:
        await old.start()
        await old.post_webhooks_to(receiver.url)
        await old.register("before", imap(mail, "before"))
        await old.reaches("before", "connected")
        with monkeypatch.context() as patch:
            # The new version, as a process of its own, migrates when it starts.
            patch.setenv("PYTHONPATH", str(expanded))
            await new.start()
        # Both work on the new schema, and the old one may even begin on it.
        await new.register("by-new", imap(mail, "by-new"))
        await old.register("by-old", imap(mail, "by-old"))
        await old.restart()
        for account in ("before", "by-new", "by-old"):
            await new.reaches(account, "connected")
            mail.append(account, f"Subject: for {account}\r\n\r\n".encode())

        async def announced() -> bool:
            return all("messageNew" in names_of(receiver, each) for each in ("before", "by-new", "by-old"))

        await sooner_or_later(announced, 60, "every message announced")
        assert [names_of(receiver, each).count("messageNew") for each in ("before", "by-new", "by-old")] == [1, 1, 1]
        assert not [line for line in old.log + new.log if "Traceback" in line]
    finally:
        await old.kill()
        await new.kill()
    await migrate_with(contracted, postgres_url)
    settings: dict[str, Any] = {**FAST, "database_url": postgres_url}
    refused = await asyncio.to_thread(run, tmp_path, "serve", "--port", "0", **settings)
    assert refused.returncode == 1
    assert "needs a Postroom that knows schema 9001" in refused.stderr
