"""The handler that verifies account settings without storing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from postroom.accounts.model import InvalidAccount
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import tried_problems
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.onboarding.verify import SignInReport
from postroom.schemas.told import ServerInfo

if TYPE_CHECKING:
    from postroom.schemas.answers.verification import Tried, Verified


async def verify_account(api: Api, call: Call) -> Response:
    """POST /v1/verifyAccount"""
    wrong = tried_problems(call.body)
    if wrong:
        raise InvalidAccount(wrong)
    body = await api.trials.follow(call.body)
    reports = await api.verifier.verify(
        settings_of(body), api.trials.of().prepare, mailboxes=bool(body.get("mailboxes"))
    )
    shown: Verified = {}
    for report in reports:
        shown[report.protocol] = _shown(report)
    listed = next((report.mailboxes for report in reports if report.mailboxes is not None), None)
    if listed is not None:
        shown["mailboxes"] = listed
    return answer(shown)


def _shown(report: SignInReport) -> Tried:
    failure = report.failure
    if failure is None:
        server = ServerInfo(greeting=report.greeting, capabilities=list(report.capabilities))
        return {"success": True, "host": report.host, "port": report.port, "server": server}
    shown: Tried = {
        "success": False,
        "error": report.summary,
        "code": failure.code,
        "responseText": failure.response,
        "host": report.host,
        "port": report.port,
        "phase": failure.phase,
        "advice": failure.advice,
    }
    if failure.code.isdecimal():
        shown["statusCode"] = int(failure.code)
    return shown
