"""A diagnosis that is shown while it runs: the page grows by a line for each step, and ends with the verdict."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from starlette.responses import Response

from postroom.accounts.settings.values import AccountSettings
from postroom.credentials.access_tokens import Prepared
from postroom.onboarding.diagnosis.service import Diagnosis
from postroom.onboarding.diagnosis.trail import ExaminationStep
from postroom.sessions.principal import Prepare
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.tasks import together
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.diagnosis.step_lines import step_line
from postroom.web.dashboard.growing import GrowingPage, Put
from postroom.web.dashboard.rendering import part

__all__ = ["PAGES"]

_CUT: Final = "\x00the steps\x00"
"""Stands in the frame of the page where the steps will be. No text of anybody has such characters."""


async def examine(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/diagnosis"""
    account = visit.path["account"]
    view = await desk.accounts.get(account)
    settings, prepare = await _prepared(desk, account)
    values = {
        "row": view.row,
        "paths": {"list": LIST, "here": account_path(account)},
        "again": account_path(account, "diagnosis"),
    }
    frame = part("diagnosis.html", visit, {**values, "cut": _CUT, "said": None})
    head, _, tail = bytes(frame.body).decode().partition(_CUT)

    async def write(put: Put) -> None:
        await put(head)
        found = await _watched(desk, visit, settings, prepare, put)
        await put(_drawn(visit, "diagnosis_verdict.html", {"verdict": found.verdict, "healthy": found.healthy}))
        await put(tail)

    return GrowingPage(frame.headers, write)


async def _watched(desk: Desk, visit: DeskVisit, settings: AccountSettings, prepare: Prepare, put: Put) -> Diagnosis:
    """Run the diagnosis; add a line to the page for each step as it ends."""
    steps: asyncio.Queue[ExaminationStep | None] = asyncio.Queue()

    async def run() -> Diagnosis:
        try:
            return await desk.diagnoses.of(settings, prepare, steps.put_nowait)
        finally:
            steps.put_nowait(None)

    async def tell() -> None:
        told: set[tuple[str, str, str]] = set()
        while (step := await steps.get()) is not None:
            key = (step.protocol, step.name, step.outcome)
            if key not in told:
                told.add(key)
                await put(_drawn(visit, "diagnosis_step.html", {"step": step_line(step)}))

    found, _ = await together(run(), tell())
    assert found is not None
    return found


def _drawn(visit: DeskVisit, template: str, values: dict[str, object]) -> str:
    return bytes(part(template, visit, values).body).decode()


async def _prepared(desk: Desk, account: str) -> tuple[AccountSettings, Prepare]:
    """Return the settings to examine and what gets their credentials."""
    try:
        return await desk.accounts.preview(account, {}), partial(desk.access.prepare, account)
    except SecretUnreadable as error:
        # The unreadable secrets are the diagnosis. The other settings still name the servers.
        return (await desk.accounts.get(account)).settings, _failing(error)


def _failing(error: SecretUnreadable) -> Prepare:
    async def prepare(*_: object, **__: object) -> Prepared:
        raise error

    return prepare


PAGES: Final = (DeskPage("POST", f"{LIST}/{{account}}/diagnosis", examine),)
