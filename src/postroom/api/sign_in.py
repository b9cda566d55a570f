"""Handler that makes links to the hosted sign-in."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.errors import FieldProblem, InvalidRequest
from postroom.api.respond import answer
from postroom.api.route import Api, Call


async def new_form(api: Api, call: Call) -> Response:
    """POST /v1/authentication/form"""
    if call.body.get("delegated") and not call.body.get("email"):
        words = '"email" is required with delegated: it is the address of the shared mailbox'
        raise InvalidRequest([FieldProblem("email", words)])
    return answer({"url": await api.sign_ins.begin(call.body)})
