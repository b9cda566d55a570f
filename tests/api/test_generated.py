"""Requests nobody thought of: generated from the OpenAPI document, for a bounded number of tries per operation."""

from __future__ import annotations

import asyncio
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, assume
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from postroom.api.routes.table import ROUTES
from postroom.streaming.event_stream import MEDIA_TYPE as STREAM
from tests.api import contract
from tests.api.conftest import TOKEN, Client

pytestmark = pytest.mark.long

_CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
# Trying settings and looking for servers ask whatever host was generated, and a removed token would end the run.
_LEFT_OUT = {"/v1/verifyAccount", "/v1/autoconfig", "/v1/diagnosis", "/v1/account/{account}/diagnosis"}
_TRIES = 12
_RUN = hypothesis.settings(
    max_examples=_TRIES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def connects(case: Any) -> bool:
    """Whether serving the case would connect to the host it names."""
    return bool((case.query or {}).get("verify"))


def attack(base: str, path: str, method: str) -> None:
    """Send generated requests to one operation and check every answer."""
    schema = schemathesis.openapi.from_dict(contract.document())
    operation = schema[path][method]

    @_RUN
    @hypothesis.given(case=operation.as_strategy())
    def run(case: Any) -> None:
        assume(not connects(case))
        headers = {"authorization": f"Bearer {TOKEN}"}
        answer = case.call(base_url=base, headers=headers)
        # Every operation describes a 500, but none may ever give one.
        assert answer.status_code != 500, case.as_curl_command()
        case.validate_response(answer, checks=_CHECKS)

    run()


# A stream does not end by itself, so nobody would ever see all of its answer.
_ROUTES = [route for route in ROUTES if route.path not in _LEFT_OUT and route.media_type != STREAM]


@pytest.mark.parametrize("route", _ROUTES, ids=[f"{route.method} {route.path}" for route in _ROUTES])
async def test_generated_requests_get_described_answers(client: Client, route: Any) -> None:
    await client.register("0")
    await client.post("/v1/settings", {"serviceUrl": client.base})
    await asyncio.to_thread(attack, client.base, route.path, route.method)
