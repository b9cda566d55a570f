"""The control interface, over HTTP."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import aiohttp

from postroom.app import prepare
from postroom.demo.run import demo_settings
from postroom.testing.control import Control, serving


async def asked(method: str, url: str, body: Any = None) -> tuple[int, Any]:
    async with aiohttp.request(method, url, json=body) as answer:
        return answer.status, await answer.json() if answer.content_type == "application/json" else None


async def test_a_stage_is_opened_used_and_shut(tmp_path: Path) -> None:
    await prepare(demo_settings(tmp_path / "template", "template"))
    async with asyncio.TaskGroup() as group:
        control = Control(group, tmp_path / "template", tmp_path)
        async with serving(control) as url:
            _, opened = await asked("POST", f"{url}/stages")
            stage = f"{url}/stages/{opened['stage']}"
            assert (await asked("POST", f"{stage}/mailboxes", {"user": "a@b.test", "password": "p"}))[0] == 200
            assert await asked("GET", f"{stage}/sent") == (200, [])
            assert (await asked("POST", f"{stage}/hook", {"event": "test"}))[0] == 200
            _, (webhook,) = await asked("GET", f"{stage}/webhooks")
            assert webhook["headers"]["content-type"] == "application/json"
            assert base64.b64decode(webhook["body"]) == b'{"event": "test"}'
            assert (await asked("DELETE", stage))[0] == 200
            assert (await asked("GET", f"{stage}/webhooks"))[0] == 404
            assert control.stages == {}


async def test_stages_that_are_left_open_end_with_the_process(tmp_path: Path) -> None:
    await prepare(demo_settings(tmp_path / "template", "template"))
    async with asyncio.TaskGroup() as group:
        control = Control(group, tmp_path / "template", tmp_path)
        async with serving(control) as url:
            _, opened = await asked("POST", f"{url}/stages")
            control.close_all()
    assert not (tmp_path / opened["stage"]).exists()
