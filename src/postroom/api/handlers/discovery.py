"""Handlers that find the mail servers of an address and diagnose settings."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Literal, TypedDict

from starlette.responses import Response

from postroom.accounts.model import InvalidAccount
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import tried_problems
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.credentials.access_tokens import Prepared
from postroom.onboarding.autoconfig.servers import FoundServer
from postroom.onboarding.diagnosis.service import Diagnosis
from postroom.onboarding.diagnosis.trail import ExaminationStep, Protocol
from postroom.onboarding.diagnosis.verdict import Verdict
from postroom.sessions.principal import Prepare
from postroom.storage.sealing.secrets import SecretUnreadable

if TYPE_CHECKING:
    from postroom.schemas.answers import discovery as found_ans


async def autoconfig(api: Api, call: Call) -> Response:
    """GET /v1/autoconfig"""
    found = await api.autoconfig.find(call.query.email)
    hint = {} if found.app_password is None else {"appPassword": asdict(found.app_password)}
    return answer({"imap": _server(found.imap), "smtp": _server(found.smtp), **hint, "_source": found.source})


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


def _server(server: FoundServer | None) -> found_ans.FoundServer | Literal[False]:
    if server is None:
        return False
    return {"auth": {"user": server.user}, "host": server.host, "port": server.port, "secure": server.secure}


def shown(found: Diagnosis) -> found_ans.Diagnosis:
    """Return a diagnosis as the API answers it."""
    return {
        "success": found.healthy,
        "verdict": _verdict(found.verdict),
        "steps": [_step(step) for trail in found.trails for step in trail.steps],
    }


class _Place(TypedDict, total=False):
    """Where it is wrong; nowhere when all is well."""

    protocol: Protocol
    step: str
    code: str


def _verdict(verdict: Verdict) -> found_ans.Verdict:
    place: _Place = {}
    if verdict.protocol:
        place["protocol"] = verdict.protocol
    if verdict.step:
        place["step"] = verdict.step
    if verdict.code:
        place["code"] = verdict.code
    return {
        "class": verdict.kind,
        "cause": verdict.cause,
        "cure": verdict.cure,
        **place,
        "remarks": list(verdict.remarks),
    }


def _step(step: ExaminationStep) -> found_ans.ExaminedStep:
    shown: found_ans.ExaminedStep = {
        "protocol": step.protocol,
        "step": step.name,
        "result": step.outcome,
        "time": step.ms,
    }
    if step.told:
        shown["details"] = step.told
    if step.remark:
        shown["remark"] = step.remark
    if step.failure is not None:
        shown["code"] = step.failure.code
        shown["response"] = step.failure.response
        shown["advice"] = step.failure.advice
    return shown
