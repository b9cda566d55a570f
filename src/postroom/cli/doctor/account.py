"""`postroom doctor ACCOUNT`: examines one stored account, and prints every step and the verdict."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.accounts.settings.values import AccountSettings
from postroom.composition.services import web_client
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.names import LookupUse, Names
from postroom.credentials.access_tokens import AccessTokens
from postroom.credentials.auth_server import AuthServer
from postroom.errors import Permanent
from postroom.oauth2.apps import Apps
from postroom.onboarding.diagnosis.service import Diagnosis, diagnose
from postroom.onboarding.diagnosis.trail import ExaminationStep
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.inspection import inspect
from postroom.storage.opening import naming
from postroom.storage.sealing.secrets import SecretBox, WrongKey, read_key_file
from postroom.words.terminal import say

_STYLE = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


class NoDatabase(Permanent):
    """There is no database yet, so there are no accounts."""

    code = "NoDatabase"


class NotRegistered(Permanent):
    """The named account is not in the database."""

    code = "AccountNotFound"


def examine(settings: Settings, account: str) -> Diagnosis:
    """Examine a stored account. Raises NoDatabase, NoSuchAccount, WrongKey, StorageUnavailable."""
    url = settings.resolved_database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise NoDatabase("There is no database yet, so there are no accounts. `postroom serve` makes it.")
    with naming(settings.resolved_database_url):
        return asyncio.run(_examine(settings, account))


async def _examine(settings: Settings, account: str) -> Diagnosis:
    db = open_database(settings.resolved_database_url)
    try:
        await db.start()
        box = _open_box(settings, (await db.read(inspect)).canaries)
        accounts = Accounts(db, box)
        examined = await _settings_of(accounts, account)
        names = Names()
        web = web_client(settings, names)
        lender = AuthServer(web=web, runtime=RuntimeSettings(db, box))
        tokens = AccessTokens(db=db, accounts=accounts, apps=Apps(db, box), web=web, auth_server=lender)
        try:
            prepare = partial(tokens.prepare, account)
            return await diagnose(examined, settings, prepare=prepare, lookups=names.of(LookupUse.ONBOARDING))
        finally:
            await tokens.close()
            await names.close()
    finally:
        await db.close()


async def _settings_of(accounts: Accounts, account: str) -> AccountSettings:
    try:
        return await accounts.preview(account, {})
    except AccountNotFound as error:
        raise NotRegistered(f"There is no account {account!r}; `GET /v1/accounts` lists them.") from error


def _open_box(settings: Settings, canaries: tuple[str, ...] | list[str]) -> SecretBox:
    """Open the secrets as a start does, without writing anything. Raises WrongKey."""
    older = (secret.get_secret_value() for secret in settings.previous_secrets)
    current = settings.secret.get_secret_value() if settings.secret else read_key_file(settings.data_dir)
    if not current:
        raise WrongKey("There is no key to read secrets with: set POSTROOM_SECRET, or put the key file back.")
    box = SecretBox((current, *older))
    for canary in canaries:
        box.check_canary(canary)
    return box


def report(found: Diagnosis, console: Console) -> bool:
    """Print the steps and the verdict; say whether the account is healthy."""
    for trail in found.trails:
        say(console, Text(f"{trail.protocol.upper()} {trail.host}:{trail.port}", style="bold"))
        for step in trail.steps:
            mark = Text(f"  {step.outcome:<8}", style=_STYLE[step.outcome])
            line = f"{step.name:<14}{step.ms:>6} ms  {_said(step)}"
            say(console, Text.assemble(mark, line.rstrip()))
    verdict = found.verdict
    say(console, Text(verdict.cause, style="green" if found.healthy else "bold red"))
    for line in (verdict.cure, *verdict.remarks):
        say(console, Text(f"→ {line}"))
    return found.healthy


def _said(step: ExaminationStep) -> str:
    if step.failure is not None:
        return f"{step.failure.code}: {step.failure.response}"
    return step.remark or ", ".join(_shown(name, value) for name, value in step.told.items())


def _shown(name: str, value: Any) -> str:
    if name == "certificate":
        return f"certificate of {value['subject']} by {value['issuer']}, expires {value['expires'][:10]}"
    return f"{name} {' '.join(map(str, value))}" if isinstance(value, list) else f"{name} {value}"
