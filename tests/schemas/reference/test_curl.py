"""curl commands of the reference: what a shell makes of them is the request that was meant."""

from __future__ import annotations

import json
import shlex
from typing import Any, cast

from postroom.schemas.reference.curl import ORIGIN, Curl, command, origin_of
from postroom.schemas.reference.shapes import OperationObject
from tests.api import contract

AT = "http://127.0.0.1:3000"


def words(method: str, path: str) -> list[str]:
    """What a shell passes on for an operation of the document."""
    operation = contract.document()["paths"][path][method.lower()]
    return split(command(method, path, operation).text.replace(ORIGIN, AT))


def split(text: str) -> list[str]:
    """The words of a command; unlike a shell, `shlex` keeps the end of a line that goes on."""
    return shlex.split(text.replace(" \\\n", " "))


def described(**more: Any) -> OperationObject:
    """An operation without parameters, for everybody."""
    answers: dict[str, Any] = {"200": {"content": {"application/json": {}}}}
    return cast("OperationObject", {"parameters": [], "security": [], "responses": answers, **more})


def test_a_body_is_sent_as_it_is_printed() -> None:
    sent = words("POST", "/v1/account")
    assert sent[:4] == ["curl", "-X", "POST", f"{AT}/v1/account"]
    assert sent[4:8] == ["-H", "Authorization: Bearer $TOKEN", "-H", "Content-Type: application/json"]
    assert sent[8] == "-d"
    body = contract.document()["paths"]["/v1/account"]["post"]["requestBody"]["content"]["application/json"]
    assert json.loads(sent[9]) == body["example"]


def test_a_path_is_percent_encoded() -> None:
    assert words("GET", "/v1/account/{account}")[1] == f"{AT}/v1/account/user%40example.com"


def test_what_a_query_must_have_is_there() -> None:
    assert words("GET", "/v1/autoconfig")[1] == f"{AT}/v1/autoconfig?email=user%40example.com"


def test_a_stream_is_shown_as_it_comes() -> None:
    assert words("GET", "/v1/events/stream")[:2] == ["curl", "-N"]


def test_an_empty_body_is_left_out() -> None:
    assert "-d" not in words("POST", "/v1/nodes/{id}/drain")


def test_who_needs_no_token_sends_none() -> None:
    assert words("GET", "/health") == ["curl", f"{AT}/health"]


def test_an_apostrophe_does_not_end_the_body() -> None:
    content = {"application/json": {"example": {"name": 'O\'Neill; rm -rf \\ "x"'}}}
    made = command("POST", "/a", described(requestBody={"required": True, "content": content}))
    assert json.loads(split(made.text)[-1]) == content["application/json"]["example"]


def test_a_command_without_a_body_is_its_head() -> None:
    assert Curl("curl x").text == "curl x"


def test_the_host_that_a_client_sent_is_checked_before_people_run_it() -> None:
    assert origin_of("https", "postroom.example:8443") == "https://postroom.example:8443"
    assert origin_of("http", "[::1]:3000") == "http://[::1]:3000"
    assert origin_of("http", 'x"; rm -rf ~; "') == "http://localhost"
