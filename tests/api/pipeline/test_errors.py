"""Every error has one shape and the right status, and gives nothing away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import requests

from postroom.api.pipeline import errors
from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.sessions.failures import InUse, NoPlace
from tests.api.conftest import IMAP, Client


def check_shape(body: dict[str, Any], status: int) -> None:
    assert body["statusCode"] == status
    assert body["error"] == body["message"] != ""
    assert body["code"]


async def test_unknown_route(client: Client) -> None:
    for path in ("/docs/nothing", "/v1", "/v1/nothing", "/v1/account/a/nothing", "/favicon.ico"):
        answer = await client.get(path)
        assert (answer.status, answer.body["error"]) == (404, "Requested page not found")
        check_shape(answer.body, 404)


async def test_wrong_method(client: Client) -> None:
    answer = await client.ask("PATCH", "/v1/account/a", {})
    assert answer.status == 405
    assert answer.headers["allow"] == "DELETE, GET, PUT, HEAD"
    check_shape(answer.body, 405)


async def test_malformed_json(client: Client) -> None:
    for text in ("{", "{'a': 1}", '{"a": NaN}', '{"a": 1} x', '{"a": "\ud800"}', "[" * 5000, "\ufeff{}"):
        raw = text.encode("utf-8", "surrogatepass")
        answer = await client.post("/v1/account", data=raw, headers={"content-type": "application/json"})
        assert answer.status == 400
        assert answer.body["code"] == "MalformedRequest"
        assert "fields" not in answer.body
        check_shape(answer.body, 400)


async def test_no_body_where_one_is_needed(client: Client) -> None:
    answer = await client.post("/v1/account")
    assert (answer.status, answer.body["code"]) == (400, "MalformedRequest")


async def test_json_that_is_no_object(client: Client) -> None:
    for text in ("[]", '"text"', "1", "null", "true"):
        answer = await client.post("/v1/account", data=text, headers={"content-type": "application/json"})
        assert answer.status == 400
        assert answer.body["fields"] == [{"message": '"body" must be an object', "key": "body", "path": "body"}]


async def test_wrong_content_type(client: Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"):
        answer = await client.post("/v1/account", data=b'{"a":1}', headers={"content-type": kind})
        assert (answer.status, answer.body["code"]) == (415, "UnsupportedMediaType")
        check_shape(answer.body, 415)


async def test_json_under_any_of_its_names(client: Client) -> None:
    for kind in ("application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"):
        answer = await client.put("/v1/account/nobody", data=b"{}", headers={"content-type": kind})
        assert answer.status == 404


async def test_body_over_the_limit_announced_or_not(with_settings: Callable[..., Any]) -> None:
    async with with_settings(max_body_size=2000) as client:
        big = b'{"name": "' + b"x" * 3000 + b'"}'
        json = {"content-type": "application/json"}
        announced = await client.post("/v1/account", data=big, headers=json)

        async def chunks() -> Any:
            for start in range(0, len(big), 500):
                yield big[start : start + 500]

        chunked = await client.post("/v1/account", data=chunks(), headers=json)
        for answer in (announced, chunked):
            assert (answer.status, answer.body["code"]) == (413, "PayloadTooLarge")
            check_shape(answer.body, 413)
        assert (await client.register()).status == 200


async def test_who_sends_all_before_reading_learns_that_it_is_too_much(client: Client) -> None:
    def ask(**headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json", **headers}
        return requests.post(f"{client.base}/v1/account", data=b" " * 20_000_000, headers=headers, timeout=60)

    for answer in (await asyncio.to_thread(ask), await asyncio.to_thread(ask, Authorization="Bearer none")):
        assert answer.status_code == (413 if answer.request.headers["Authorization"] != "Bearer none" else 401)
        assert answer.headers["Connection"] == "close"
        check_shape(answer.json(), answer.status_code)


async def test_an_endless_body_is_cut_off(with_settings: Callable[..., Any]) -> None:
    async with with_settings(max_body_size=2000) as client:
        sent = 0

        async def endless() -> Any:
            nonlocal sent
            while sent < 50_000_000:
                sent += 65536
                yield b" " * 65536

        try:
            answer = await client.post("/v1/account", data=endless(), headers={"content-type": "application/json"})
            assert answer.status == 413
        except OSError:
            # The server may hang up before the client has finished sending; then there is nobody to read the answer.
            pass
        assert sent < 50_000_000


async def test_a_body_that_never_arrives_is_not_waited_for(with_settings: Callable[..., Any]) -> None:
    async with with_settings(body_timeout=0.2) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(client.base.rpartition(":")[2]))
        head = ("POST /v1/account HTTP/1.1", "Host: x", f"Authorization: Bearer {client.token}", "Content-Length: 100")
        writer.write("\r\n".join((*head, "", "{")).encode())
        answer = await asyncio.wait_for(reader.read(), 30)
        assert answer.startswith(b"HTTP/1.1 408 ")
        check_shape(orjson.loads(answer.partition(b"\r\n\r\n")[2]), 408)
        writer.close()


async def test_all_problems_are_reported_together(client: Client) -> None:
    answer = await client.post(
        "/v1/account?surprise=1",
        {
            "account": "",
            "imap": {"host": "a b", "port": 70000, "secure": "maybe", "auth": {"user": 5}, "tsl": {}},
            "metadata": {"a": 1},
            "bogus": True,
        },
    )
    assert answer.status == 400
    assert answer.body["error"] == "Invalid input"
    assert all(field["path"] == field["key"] for field in answer.body["fields"])
    found = {field["key"]: field["message"] for field in answer.body["fields"]}
    assert found == {
        "surprise": '"surprise" is not allowed',
        "account": '"account" must not be empty',
        "name": '"name" is required',
        "imap.host": '"imap.host" must be a host name or an IP address alone: leave out the spaces',
        "imap.port": '"imap.port" must be less than or equal to 65535',
        "imap.secure": '"imap.secure" must be true or false',
        "imap.auth.user": '"imap.auth.user" must be a string',
        "imap.auth.pass": '"imap.auth.pass" or "imap.auth.accessToken" is required',
        "imap.tsl": '"imap.tsl" is not allowed: did you mean `imap.tls`?',
        "metadata.a": '"metadata.a" must be a string',
        "bogus": '"bogus" is not allowed',
    }


async def test_no_value_is_ever_repeated(client: Client) -> None:
    secret = "sesame-open-wide"
    for imap in (
        {**IMAP, "auth": {"user": "u", "pass": secret * 40}},
        {**IMAP, "auth": {"user": "u", "pass": f"{secret}\r\nA1 LOGOUT"}},
        {**IMAP, "auth": {"user": "u", "pass": [secret]}},
        {**IMAP, "auth": {"user": "u", "pass": {"x": secret}}},
        {**IMAP, "auth": secret},
        secret,
    ):
        answer = await client.register(imap=imap)
        assert answer.status == 400
        assert secret not in answer.text
    raw = b'{"account": "a", "imap": {"auth": {"pass": "' + secret.encode() + b'"'
    answer = await client.post("/v1/account", data=raw, headers={"content-type": "application/json"})
    assert secret not in answer.text


async def test_a_fault_of_ours_gives_no_cause_away_and_is_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[dict[str, Any]] = []

    class Log:
        def exception(self, event: str, **details: Any) -> None:
            logged.append(details)

    async def broken(*_: Any) -> None:
        raise RuntimeError("the password is sesame")

    monkeypatch.setattr(errors, "log", Log())
    monkeypatch.setattr(type(client.api.accounts), "list_page", broken)
    answer = await client.get("/v1/accounts")
    assert answer.status == 500
    check_shape(answer.body, 500)
    assert "sesame" not in answer.text
    assert "RuntimeError" not in answer.text
    assert logged[0]["incident"] == answer.body["incident"]
    assert str(logged[0]["exc_info"]) == "the password is sesame"


async def test_a_database_that_cannot_be_used_is_a_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("database is locked: /var/lib/secret-place", retry_after=2.5)

    monkeypatch.setattr(type(client.db), "write", locked)
    answer = await client.register()
    assert (answer.status, answer.headers["retry-after"]) == (503, "3")
    assert (answer.body["code"], "nothing was stored" in answer.body["error"]) == ("StorageUnavailable", True)
    assert "secret-place" not in answer.text
    monkeypatch.undo()
    assert (await client.register()).status == 200


async def test_a_commit_without_an_answer_does_not_say_that_nothing_was_stored(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: Any, **__: Any) -> None:
        raise OutcomeUnknown("lost the connection to 10.0.0.5", retry_after=1.0)

    # The first read of the settings stores a secret. That write may be repeated, so its outcome does not matter.
    await client.api.runtime.get()
    monkeypatch.setattr(type(client.db), "write", lost)
    answer = await client.register()
    assert (answer.status, answer.headers["retry-after"], answer.body["code"]) == (503, "1", "OutcomeUnknown")
    assert ("not known" in answer.body["error"], "nothing was stored" in answer.text) == (True, False)
    assert "10.0.0.5" not in answer.text


async def test_head_and_the_timeout_header_of_other_products(client: Client) -> None:
    await client.register()
    answer = await client.ask("HEAD", "/v1/account/user@example.com", headers={"x-ee-timeout": "5000"})
    assert (answer.status, answer.text) == (200, "")


async def test_no_other_origin_is_let_in(client: Client) -> None:
    answer = await client.get("/v1/accounts", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_a_session_that_cannot_be_had_is_told_with_its_verdict() -> None:
    answer = errors.response_to(NoPlace("a", "imap.example.com", InUse(2, 2, 7, 50, 3), 20.0), "GET /v1/account/a")
    body = orjson.loads(answer.body)
    check_shape(body, 503)
    assert (body["code"], body["phase"], answer.headers["retry-after"]) == ("ESESSIONSBUSY", "connect", "1")
    assert body["response"] == body["message"]
    assert body["advice"]
