"""The client for programs without asyncio, against a server that answers what it is told."""

from __future__ import annotations

import httpx
import pytest

from postroom.client import NO_RETRIES, ApiError, NotFound, Postroom, Unreachable
from tests.client.transports.cases import TOKEN
from tests.fakes.certificates import server_certificate
from tests.fakes.scripted_http import ScriptedHttp, refusal, reply


def test_what_programs_import_is_at_the_top() -> None:
    with ScriptedHttp(refusal(404, "AccountNotFound")) as server, Postroom(server.url, TOKEN) as postroom:
        with pytest.raises(ApiError) as caught:
            postroom.accounts.get("nobody")
        assert type(caught.value) is NotFound
        assert (caught.value.code, caught.value.request) == ("AccountNotFound", "GET /v1/account/nobody")


def test_its_network_can_be_replaced() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"success": request.url.path == "/base/health"})

    with Postroom("http://postroom.test/base/", TOKEN, transport=httpx.MockTransport(answer)) as postroom:
        assert postroom.health.check() == {"success": True}


def test_it_shows_its_address_and_no_token() -> None:
    with Postroom("http://127.0.0.1:3000", TOKEN) as postroom:
        assert repr(postroom) == "Postroom('http://127.0.0.1:3000')"
        assert TOKEN not in repr(vars(postroom))


def test_certificates_are_checked_and_others_may_be_trusted() -> None:
    certificate = server_certificate()
    with ScriptedHttp(reply(200, {"success": True}), tls=certificate.server_context()) as server:
        with (
            Postroom(server.url, TOKEN, retries=NO_RETRIES) as postroom,
            pytest.raises(Unreachable, match=r"CERTIFICATE_VERIFY_FAILED"),
        ):
            postroom.health.check()
        assert server.requests == []
        with Postroom(server.url, TOKEN, tls=certificate.client_context()) as postroom:
            assert postroom.health.check() == {"success": True}


def test_an_answer_may_have_no_text_at_all() -> None:
    with ScriptedHttp(reply(200, b"")) as server, Postroom(server.url, TOKEN) as postroom:
        assert postroom.messages.source("a", "AAA") == b""
