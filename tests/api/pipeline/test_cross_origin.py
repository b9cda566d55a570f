"""Pages of other origins: which answers they may read, and what OPTIONS says."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.api.pipeline.cross_origin import CrossOrigin
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue

APP = "https://app.example.com"
ASKED = {"origin": APP, "access-control-request-method": "PUT", "access-control-request-headers": "authorization"}


def told(headers: Any) -> dict[str, str]:
    """Return the headers that browsers go by."""
    return {name.lower(): value for name, value in headers.items() if name.lower().startswith("access-control-")}


@pytest.mark.parametrize(
    ("origins", "path", "origin", "allowed"),
    [
        ((APP,), "/v1/accounts", APP, APP),
        ((APP, "http://localhost:8080"), "/v1/accounts", "http://localhost:8080", "http://localhost:8080"),
        (("*",), "/v1/accounts", "https://anybody.example", "https://anybody.example"),
        (("*",), "/v1/accounts", None, None),
        ((APP,), "/v1/accounts", "http://app.example.com", None),
        ((APP,), "/v1/accounts", f"{APP}.evil.example", None),
        ((APP,), "/v1/accounts", "null", None),
        ((APP,), "/accounts/new", APP, None),
        ((APP,), "/docs", APP, None),
        ((), "/v1/accounts", APP, None),
    ],
)
def test_which_answers_a_page_may_read(
    origins: tuple[str, ...], path: str, origin: str | None, allowed: str | None
) -> None:
    rules = CrossOrigin(origins)
    for headers in (rules.on_answer(path, origin), rules.on_preflight(path, origin, ["GET"])):
        assert headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in headers
        # Even a refusal differs by origin, so a cache must know.
        assert ("vary" in headers) == (bool(origins) and path.startswith("/v1/"))


async def test_a_preflight_needs_no_token_and_says_what_may_be_sent(with_settings: Any) -> None:
    async with with_settings(cors_origins=(APP,)) as client:
        answer = await client.as_(None).ask("OPTIONS", "/v1/account/nobody", headers=ASKED)
        assert (answer.status, answer.text) == (204, "")
        assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
        assert answer.headers["vary"] == "Origin"
        found = told(answer.headers)
        assert (found["access-control-allow-origin"], found["access-control-max-age"]) == (APP, "60")
        assert found["access-control-allow-methods"] == answer.headers["allow"]
        allowed = found["access-control-allow-headers"].split(", ")
        assert {"Authorization", "Content-Type", "X-EE-Timeout", "If-Match", "Range", "Last-Event-ID"} <= {*allowed}


async def test_a_page_may_read_answers_and_errors(with_settings: Any) -> None:
    async with with_settings(cors_origins=(APP,)) as client:
        await client.register("a")
        for path, status in (("/v1/account/a", 200), ("/v1/account/b", 404), ("/v1/nowhere", 404)):
            answer = await client.get(path, headers={"origin": APP})
            found = told(answer.headers)
            assert (answer.status, found["access-control-allow-origin"]) == (status, APP)
            exposed = found["access-control-expose-headers"].split(", ")
            assert {"ETag", "Content-Disposition", "Content-Range", "X-RateLimit-Remaining"} <= {*exposed}
        assert told((await client.as_("wrong").get("/v1/accounts", headers={"origin": APP})).headers)
        assert not told((await client.get("/v1/accounts", headers={"origin": "https://x.example"})).headers)
        assert not told((await client.get("/v1/accounts")).headers)


async def test_pages_for_people_are_for_their_own_origin_alone(with_settings: Any) -> None:
    async with with_settings(cors_origins=("*",)) as client:
        for path in ("/accounts/new", "/oauth", "/", "/docs", "/health"):
            for method in ("GET", "OPTIONS"):
                async with client.session.request(
                    method, client.base + path, headers={"origin": APP}, allow_redirects=False
                ) as answer:
                    assert not told(answer.headers), (method, path)


async def test_without_origins_options_says_only_what_a_path_takes(client: Client) -> None:
    narrow = await issue(client, account=None)
    for asking in (client, client.as_(None), narrow):
        answer = await asking.ask("OPTIONS", "/v1/accounts", headers=ASKED)
        assert (answer.status, answer.headers["allow"], told(answer.headers)) == (204, "GET, HEAD, OPTIONS", {})
        assert "vary" not in answer.headers
    assert (await client.ask("OPTIONS", "/v1/nowhere")).status == 404
