"""Handlers for the run-time settings."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.api.pipeline.rules import masked_settings
from postroom.configuration.keys import KEYS, shown
from postroom.events.types import EVENT_NAMES
from postroom.schemas.checking.problems import FaultyField


async def get_settings(api: Api, call: Call) -> Response:
    """GET /v1/settings"""
    asked = [name for name, wanted in call.query if wanted]
    if not asked and not call.ignored:
        asked = [*KEYS, "eventTypes"]
    found = await api.runtime.get()
    known = {**shown(found), "eventTypes": list(EVENT_NAMES)}
    unreadable = sorted(found.unreadable.keys() & set(asked))
    return answer(
        {
            **{name: known[name] for name in asked},
            **dict.fromkeys(call.ignored),
            **({"unreadable": unreadable} if unreadable else {}),
            **_ignored(call),
        }
    )


async def change_settings(api: Api, call: Call) -> Response:
    """POST /v1/settings"""
    masked = masked_settings(call.body)
    if masked:
        raise InvalidRequest([FaultyField(*problem) for problem in masked])
    return answer({"updated": await api.runtime.update(call.body), **_ignored(call)})


def _ignored(call: Call) -> dict[str, list[str]]:
    return {"ignored": list(call.ignored)} if call.ignored else {}
