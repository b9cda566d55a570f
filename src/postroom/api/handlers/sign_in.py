"""The handler that makes links to the hosted sign-in."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.api.pipeline.rules import delegated_problems
from postroom.schemas.checking.problems import FaultyField


async def new_form(api: Api, call: Call) -> Response:
    """POST /v1/authentication/form"""
    wrong = delegated_problems(call.body)
    if wrong:
        raise InvalidRequest([FaultyField(*problem) for problem in wrong])
    return answer({"url": await api.sign_ins.begin(call.body, call.caller.expires_at)})
