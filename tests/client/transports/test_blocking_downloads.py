"""Downloads piece by piece; both kinds are asked for the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from postroom.client.asynchronous import AsyncPostroom
from postroom.client.blocking import Postroom
from postroom.client.errors import NotFound, Unreachable
from tests.client.transports.cases import QUICK, TOKEN
from tests.fakes.scripted_http import HANGS_UP, ScriptedHttp, refusal, reply

OCTETS = bytes(range(256)) * 4096
FILE = reply(200, OCTETS, 'Content-Disposition: attachment; filename="report.bin"', "Content-Type: a/b", 'ETag: "t"')
CUT = FILE[: len(FILE) // 2]


async def saved(url: str, target: Path, *, blocking: bool) -> tuple[Path, str]:
    """Save an attachment; return where it is, and what it is called."""
    if blocking:

        def save() -> tuple[Path, str]:
            with (
                Postroom(url, TOKEN, retries=QUICK) as client,
                client.messages.download("a", "AAA", patience=20) as download,
            ):
                return download.save(target), download.file.filename

        return await asyncio.to_thread(save)
    async with (
        AsyncPostroom(url, TOKEN, retries=QUICK) as client,
        client.messages.download("a", "AAA", patience=20) as download,
    ):
        return await download.save(target), download.file.filename


@pytest.mark.parametrize("blocking", [True, False])
async def test_a_file_is_saved_under_its_name_or_another(tmp_path: Path, blocking: bool) -> None:
    with ScriptedHttp(FILE) as server:
        assert await saved(server.url, tmp_path, blocking=blocking) == (tmp_path / "report.bin", "report.bin")
        assert await saved(server.url, tmp_path / "other", blocking=blocking) == (tmp_path / "other", "report.bin")
    assert (tmp_path / "report.bin").read_bytes() == (tmp_path / "other").read_bytes() == OCTETS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "report.bin"]
    assert b"x-ee-timeout: 20000" in server.requests[0].lower()


@pytest.mark.parametrize("blocking", [True, False])
async def test_a_beginning_is_repeated_and_half_a_file_is_none(tmp_path: Path, blocking: bool) -> None:
    (tmp_path / "report.bin").write_bytes(b"the one before")
    script = (HANGS_UP, refusal(503, "StorageUnavailable", "Retry-After: 0"), CUT)
    with ScriptedHttp(*script) as server, pytest.raises(Unreachable, match="connection broke"):
        await saved(server.url, tmp_path, blocking=blocking)
    assert len(server.requests) == 3
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the one before"]


@pytest.mark.parametrize("blocking", [True, False])
async def test_what_is_not_there_is_told_at_the_beginning(tmp_path: Path, blocking: bool) -> None:
    with ScriptedHttp(refusal(404, "MessageNotFound")) as server, pytest.raises(NotFound):
        await saved(server.url, tmp_path, blocking=blocking)
    assert list(tmp_path.iterdir()) == []


def test_the_octets_come_in_pieces() -> None:
    with ScriptedHttp(FILE) as server, Postroom(server.url, TOKEN) as client:
        with client.messages.download_source("a", "AAA") as download:
            assert (download.file.size, download.file.tag) == (len(OCTETS), '"t"')
            pieces = list(download)
        assert len(pieces) > 1
        assert b"".join(pieces) == OCTETS
        with pytest.raises(ValueError, match="with"):
            iter(client.messages.download("a", "AAA"))
