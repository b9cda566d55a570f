"""The handler that verifies account settings without storing them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from postroom.accounts.model import InvalidAccount
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import tried_problems
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.onboarding.verify import SignInReport


async def verify_account(api: Api, call: Call) -> Response:
    """POST /v1/verifyAccount"""
    wrong = tried_problems(call.body)
    if wrong:
        raise InvalidAccount(wrong)
    body = await api.trials.follow(call.body)
    reports = await api.verifier.verify(
        settings_of(body), api.trials.of().prepare, mailboxes=bool(body.get("mailboxes"))
    )
    shown: dict[str, Any] = {report.protocol: _shown(report) for report in reports}
    listed = next((report.mailboxes for report in reports if report.mailboxes is not None), None)
    if listed is not None:
        shown["mailboxes"] = listed
    return answer(shown)


def _shown(report: SignInReport) -> dict[str, Any]:
    failure = report.failure
    if failure is None:
        return {"success": True, "host": report.host, "port": report.port, "server": report.server}
    shown: dict[str, Any] = {
        "success": False,
        "error": report.summary,
        "code": failure.code,
        "responseText": failure.response,
        **{name: value for name, value in report.details().items() if name in ("host", "port", "phase", "advice")},
    }
    if failure.code.isdecimal():
        shown["statusCode"] = int(failure.code)
    return shown
