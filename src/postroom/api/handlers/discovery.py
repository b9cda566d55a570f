"""Handlers that find the mail servers of an address and diagnose settings."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from starlette.responses import Response

from postroom.accounts.model import InvalidAccount
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import tried_problems
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.credentials.access_tokens import Prepared
from postroom.onboarding.autoconfig.servers import FoundServer
from postroom.onboarding.diagnosis.diagnoses import shown
from postroom.sessions.principal import Prepare
from postroom.storage.sealing.secrets import SecretUnreadable


async def autoconfig(api: Api, call: Call) -> Response:
    """GET /v1/autoconfig"""
    found = await api.autoconfig.find(call.query.email)
    body: dict[str, Any] = {"imap": _server(found.imap), "smtp": _server(found.smtp)}
    if found.app_password is not None:
        body["appPassword"] = asdict(found.app_password)
    return answer({**body, "_source": found.source})


async def diagnose_account(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/diagnosis"""
    prepare: Prepare = partial(api.access.prepare, call.account)
    try:
        settings = await api.accounts.preview(call.account, {})
    except SecretUnreadable as error:
        # The unreadable secrets are the diagnosis. The other settings still name the servers.
        settings, prepare = (await api.accounts.get(call.account)).settings, _failing(error)
    return answer(shown(await api.diagnoses.of(settings, prepare)))


def _failing(error: SecretUnreadable) -> Prepare:
    async def prepare(*_: object, **__: object) -> Prepared:
        raise error

    return prepare


async def diagnose_settings(api: Api, call: Call) -> Response:
    """POST /v1/diagnosis"""
    wrong = tried_problems(call.body)
    if wrong:
        raise InvalidAccount(wrong)
    body = await api.trials.follow(call.body)
    return answer(shown(await api.diagnoses.of(settings_of(body), api.trials.of().prepare)))


def _server(server: FoundServer | None) -> dict[str, Any] | Literal[False]:
    if server is None:
        return False
    return {"auth": {"user": server.user}, "host": server.host, "port": server.port, "secure": server.secure}
