"""Requests over httpx, repeated where that is safe; both transports are asked for the same."""

from __future__ import annotations

import re
import traceback
from typing import Any

import pytest

from postroom.client.errors import InvalidRequest, NotFound, TooMany, Unavailable, UnknownAnswer, Unreachable
from postroom.client.retries import Retries
from tests.client.transports.cases import KINDS, TOKEN, Asynchronous, Kind
from tests.fakes.ports import PortReservation
from tests.fakes.scripted_http import HANGS_UP, ScriptedHttp, refusal, reply

OK = reply(200, {"success": True})
BUSY = refusal(429, "RateLimitExceeded", "Retry-After: 0")
AWAY = refusal(503, "StorageUnavailable", "Retry-After: 0")
UNKNOWN = refusal(503, "OutcomeUnknown", "Retry-After: 0")
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"
LETTER = {"to": [{"address": "bob@example.test"}], "text": "Hello"}

both = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


async def asked(kind: Kind, server: ScriptedHttp, name: str, *args: Any, **more: Any) -> Any:
    client = kind(server.url)
    try:
        return await client.call(name, *args, **more)
    finally:
        await client.close()


@both
async def test_a_request_carries_the_token_and_the_body(kind: Kind) -> None:
    with ScriptedHttp(reply(200, {"account": "a", "state": "init", "created": True})) as server:
        answer = await asked(kind, server, "accounts.register", {"account": "a", "name": "Ä"}, verify=True)
    assert answer["created"] is True
    (request,) = server.requests
    assert request.startswith(b"POST /v1/account?verify=true HTTP/1.1\r\n")
    assert f"authorization: bearer {TOKEN}\r\n".encode() in request.lower()
    assert request.endswith('{"account":"a","name":"Ä"}'.encode())


@both
@pytest.mark.parametrize("first", [BUSY, AWAY, UNKNOWN, HANGS_UP, CUT])
async def test_what_only_reads_is_asked_again(kind: Kind, first: bytes) -> None:
    with ScriptedHttp(first, first, OK) as server:
        assert await asked(kind, server, "health.check") == {"success": True}
    assert len(server.requests) == 3


@both
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("accounts.register", ({"account": "a", "name": "A"},)),
        ("messages.upload", ("a", {"path": "INBOX"})),
        ("messages.move", ("a", "AAA", "Archive")),
        ("messages.delete", ("a", "AAA")),
        ("messages.delete_many", ("a", {"seen": True})),
        ("outbox.resolve", ("q", "retry")),
        ("outbox.retry", ("q",)),
        ("webhooks.replay", ("w", "2026-01-01T00:00:00Z")),
        ("tokens.issue", ({"description": "d"},)),
        ("accounts.flush", ("a",)),
    ],
)
@pytest.mark.parametrize("first", [UNKNOWN, HANGS_UP, CUT], ids=["unknown", "hangs up", "cut"])
async def test_what_may_have_been_done_is_not_done_again(kind: Kind, first: bytes, name: str, args: Any) -> None:
    with ScriptedHttp(first, OK) as server, pytest.raises((Unreachable, Unavailable)) as caught:
        await asked(kind, server, name, *args)
    assert len(server.requests) == 1
    assert isinstance(caught.value, Unavailable) or caught.value.was_begun  # type: ignore[attr-defined]


@both
async def test_what_was_certainly_not_begun_is_sent_again(kind: Kind) -> None:
    with ScriptedHttp(BUSY, refusal(503, "TooManyConnections"), OK) as server:
        await asked(kind, server, "messages.move", "a", "AAA", "Archive")
    assert len(server.requests) == 3
    with ScriptedHttp(AWAY, OK) as server:
        await asked(kind, server, "accounts.register", {"account": "a", "name": "A"})
    assert len(server.requests) == 2


@both
@pytest.mark.parametrize("first", [HANGS_UP, CUT, BUSY, UNKNOWN, refusal(409, "InFlight", "Retry-After: 0")])
async def test_a_message_is_submitted_again_under_the_same_key_and_with_the_same_octets(
    kind: Kind, first: bytes
) -> None:
    done = reply(200, {"response": "Queued", "messageId": "<m>", "queueId": "q"})
    with ScriptedHttp(first, first, done) as server:
        assert (await asked(kind, server, "submissions.submit", "ada", LETTER))["queueId"] == "q"
    keys = [re.search(rb"(?i)idempotency-key: (\S+)", request) for request in server.requests]
    assert len({key and key[1] for key in keys}) == 1
    assert None not in keys
    assert len(keys) == 3
    assert len({request.partition(b"\r\n\r\n")[2] for request in server.requests}) == 1


@both
async def test_two_messages_have_two_keys_and_a_given_key_is_kept(kind: Kind) -> None:
    with ScriptedHttp(reply(200, {"response": "Queued", "messageId": "<m>"})) as server:
        await asked(kind, server, "submissions.submit", "ada", LETTER)
        await asked(kind, server, "submissions.submit", "ada", LETTER)
        await asked(kind, server, "submissions.submit", "ada", LETTER, idempotency_key="mine")
    keys = [re.findall(rb"(?i)idempotency-key: (\S+)", request) for request in server.requests]
    assert len({key for found in keys for key in found}) == 3
    assert keys[2] == [b"mine"]


@both
async def test_an_error_has_the_key_to_submit_again_with(kind: Kind) -> None:
    with ScriptedHttp(HANGS_UP) as server:
        with pytest.raises(Unreachable) as caught:
            await asked(kind, server, "submissions.submit", "ada", LETTER)
        with pytest.raises(Unreachable) as other:
            await asked(kind, server, "health.check")
    keys = {key for request in server.requests for key in re.findall(rb"(?i)idempotency-key: (\S+)", request)}
    assert keys == {str(caught.value.idempotency_key).encode()}
    assert other.value.idempotency_key is None


@both
async def test_it_gives_up_and_says_why(kind: Kind) -> None:
    words = r"GET /health: This is RateLimitExceeded \(429 RateLimitExceeded\)"
    with ScriptedHttp(BUSY) as server, pytest.raises(TooMany, match=words):
        await asked(kind, server, "health.check")
    assert len(server.requests) == 4


@both
async def test_who_is_asked_to_wait_for_long_gets_the_error_at_once(kind: Kind) -> None:
    much = refusal(429, "RateLimitExceeded", "Retry-After: 3600")
    with ScriptedHttp(much, OK) as server, pytest.raises(TooMany) as caught:
        await asked(kind, server, "health.check")
    assert (len(server.requests), caught.value.retry_after) == (1, 3600)


@both
async def test_what_is_refused_is_not_asked_again(kind: Kind) -> None:
    fields = [{"message": '"name" must not be empty', "key": "name", "path": "name"}]
    with ScriptedHttp(refusal(400, "InvalidInput", fields=fields), OK) as server:
        with pytest.raises(InvalidRequest, match="must not be empty"):
            await asked(kind, server, "accounts.register", {"account": "a", "name": ""})
        assert len(server.requests) == 1
    with ScriptedHttp(refusal(404, "AccountNotFound"), OK) as server:
        with pytest.raises(NotFound):
            await asked(kind, server, "accounts.get", "nobody")
        assert len(server.requests) == 1


@both
async def test_a_redirect_is_not_followed_with_the_token(kind: Kind) -> None:
    with (
        ScriptedHttp(OK) as other,
        ScriptedHttp(reply(307, b"", f"Location: {other.url}/health")) as server,
        pytest.raises(UnknownAnswer, match="another address"),
    ):
        await asked(kind, server, "health.check")
    assert other.requests == []


@both
async def test_nobody_there(kind: Kind) -> None:
    reservation = PortReservation()
    client = kind(f"http://127.0.0.1:{reservation.port}", retries=Retries(attempts=2, first_wait=0.001))
    with pytest.raises(Unreachable, match="No connection") as caught:
        await client.call("submissions.submit", "ada", LETTER)
    assert not caught.value.was_begun
    await client.close()
    reservation.release()


@both
async def test_no_error_has_the_token_in_it_or_behind_it(kind: Kind) -> None:
    token_wherever = refusal(404, "NotFound", note=TOKEN)
    for script in (HANGS_UP, token_wherever, reply(200, TOKEN.encode())):
        with ScriptedHttp(script) as server, pytest.raises(Exception, match="v1/account/a") as caught:
            await asked(kind, server, "accounts.get", "a")
        error: BaseException | None = caught.value
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
        while error is not None:
            assert not hasattr(error, "request") or isinstance(error.request, str), "an error of httpx is behind it"
            error = error.__context__


@both
async def test_the_label_of_a_token_that_is_removed_by_its_value_does_not_show_it(kind: Kind) -> None:
    with ScriptedHttp(refusal(404, "TokenNotFound")) as server, pytest.raises(NotFound) as caught:
        await asked(kind, server, "tokens.delete_by_value", "the-other-token")
    assert b"DELETE /v1/token/the-other-token " in server.requests[0]
    assert "the-other-token" not in str(caught.value)


async def test_a_client_shows_its_address_and_no_token() -> None:
    client = Asynchronous("http://127.0.0.1:3000")
    assert repr(client.client) == "AsyncPostroom('http://127.0.0.1:3000')"
    await client.close()
