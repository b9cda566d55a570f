"""Generated requests to the routes of mail, at an account whose mailbox has folders and messages, in a real Dovecot.

Requests whose folders and ids are all made up reach little. So most of them get those of the mailbox.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from postroom.api.routes.table import ROUTES
from tests.api import contract
from tests.api.conftest import TOKEN, Client
from tests.api.handlers.mail.conftest import connect
from tests.flows.mail_cases import MAILBOX
from tests.live.dovecot import Dovecot

_CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
# The content of a download has the type that its sender gave it.
_CHECKS_OF_CONTENT = [status_code_conformance, response_schema_conformance]
_TRIES = 12
_MANY_TRIES = 400
_FOLDERS = ("INBOX", "Entwürfe", "Trash", "\\Inbox", "INBOX", "\\Trash", "Nowhere", "", "a/b/c", "Entw&APw-rfe", '"*%')
_NOT_THERE = {"message": "AAAAAQAAAGU", "text": "", "attachment": "AAAAAQAAAGUy", "thread": "r.zLkFyPDKfks"}
_MAIL = [route for route in ROUTES if route.handler.__module__.startswith("postroom.api.handlers.mail.")]
_NAMES = [f"{route.method} {route.path}" for route in _MAIL]


def fill(server: Dovecot, user: str) -> None:
    with server.side_door(user) as session:
        for mailbox, content, flags in MAILBOX.values():
            if mailbox not in ("INBOX", "Trash"):
                session.create(mailbox)
            status, told = session.append(mailbox, f"({' '.join(flags)})", "", content)
            assert status == "OK", told


async def ids_of(client: Client) -> dict[str, list[str]]:
    """Return the ids of what is in the mailbox, by the name of the path parameter that takes them."""
    known = {name: [one] if one else [] for name, one in _NOT_THERE.items()}
    for path in ("INBOX", "Entw%C3%BCrfe", "%5CTrash"):
        for message in (await client.get(f"/v1/account/a/messages?path={path}")).body["messages"]:
            known["message"] += [message["id"], *([message["stableId"]] if "stableId" in message else [])]
            known["text"].append(message["text"]["id"])
            known["attachment"] += [each["id"] for each in message.get("attachments", [])]
    return known


def aim(case: Any, known: dict[str, list[str]], choice: int) -> None:
    """Point a generated request to what is in the mailbox, four times out of five."""
    case.path_parameters["account"] = "a"
    if choice % 5 == 4:
        return
    case.headers.pop("X-EE-Timeout", None)
    for name, ids in known.items():
        if name in case.path_parameters:
            case.path_parameters[name] = ids[-1 - choice % len(ids)]
    for place in (case.query, case.body):
        if isinstance(place, dict) and "path" in place:
            place["path"] = _FOLDERS[choice % len(_FOLDERS)]
    if isinstance(case.body, dict) and isinstance(case.body.get("reference"), dict):
        case.body["reference"]["message"] = known["message"][-1 - choice % len(known["message"])]


def attack(base: str, path: str, method: str, known: dict[str, list[str]], tries: int) -> None:
    """Send generated requests to one operation and check every answer."""
    operation = schemathesis.openapi.from_dict(contract.document())[path][method]
    run_settings = hypothesis.settings(
        max_examples=tries, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    session = requests.Session()

    @run_settings
    @hypothesis.given(case=operation.as_strategy(), choice=st.integers(0, 2**16))
    def run(case: Any, choice: int) -> None:
        aim(case, known, choice)
        answer = case.call(base_url=base, session=session, headers={"authorization": f"Bearer {TOKEN}"})
        # A server that refuses to take a message is the one 502 that a request alone can lead to.
        refused = answer.status_code == 502 and answer.json()["code"] == "UploadFail"
        assert answer.status_code < 500 or answer.status_code in (503, 504) or refused, (
            answer.text,
            case.as_curl_command(),
        )
        is_content = path.endswith("/attachment/{attachment}") and answer.status_code < 300
        case.validate_response(answer, checks=_CHECKS_OF_CONTENT if is_content else _CHECKS)

    run()


async def attacked(client: Client, server: Dovecot, route: Any, tries: int) -> None:
    user = f"generated-{uuid4().hex[:12]}"
    fill(server, user)
    await connect(client, server.port, user)
    await asyncio.to_thread(attack, client.base, route.path, route.method, await ids_of(client), tries)


@pytest.mark.long
@pytest.mark.parametrize("route", _MAIL, ids=_NAMES)
async def test_generated_requests_at_a_mailbox(client: Client, dovecot: Dovecot, route: Any) -> None:
    await attacked(client, dovecot, route, _TRIES)


@pytest.mark.soak
@pytest.mark.parametrize("route", _MAIL, ids=_NAMES)
async def test_many_generated_requests_at_a_mailbox(client: Client, dovecot: Dovecot, route: Any) -> None:
    await attacked(client, dovecot, route, _MANY_TRIES)
