"""The page of the reference over HTTP: the way to it, what it loads, what protects it, where it says it is."""

from __future__ import annotations

import html
import re

import pytest

from postroom.api.routes.table import ROUTES
from postroom.errors import StorageUnavailable
from tests.api import contract
from tests.api.conftest import TOKEN, Client
from tests.fakes.curl import run

# They ask servers of other people.
ASKS_OTHERS = {
    *("verifyAccount", "diagnoseAccount", "diagnoseSettings", "findServers"),
    *("verifyOauthApp", "getAccessToken"),
}
STREAMS = {"streamEvents", "streamStateChanges"}


async def test_the_front_page_leads_to_the_reference(client: Client) -> None:
    for method in ("GET", "HEAD"):
        async with client.session.request(method, f"{client.base}/?from=mail", allow_redirects=False) as response:
            assert (response.status, response.headers["location"]) == (302, "/docs")
            assert response.headers["cache-control"] == "no-store"
    async with client.session.get(client.base) as response:
        assert response.url.path == "/docs"
        assert response.content_type == "text/html"


async def test_the_page_may_load_and_run_only_what_is_served_here(client: Client) -> None:
    answer = await client.as_(None).get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("ending", "kind"), [("css", "text/css"), ("js", "text/javascript"), ("svg", "image/svg+xml")])
async def test_what_it_loads_is_there_and_may_be_kept(client: Client, ending: str, kind: str) -> None:
    text = (await client.get("/docs")).text
    (path,) = set(re.findall(rf'="(/docs/[a-z]+\.{ending}\?v=[0-9a-f]+)"', text))
    answer = await client.as_(None).get(path)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, kind)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_commands_go_where_the_page_was_asked_for(client: Client) -> None:
    text = (await client.get("/docs")).text
    assert f'<span class="origin">{client.base}</span>/v1/accounts' in text
    assert "%ORIGIN%" not in text


async def test_the_commands_go_where_the_operator_says(client: Client) -> None:
    await client.post("/v1/settings", {"serviceUrl": "https://mail.example.com"})
    assert "https://mail.example.com</span>/v1/accounts" in (await client.get("/docs")).text


async def test_the_page_can_be_read_while_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(client.api.runtime, "get", away)
    assert f"{client.base}</span>/v1/accounts" in (await client.get("/docs")).text


async def test_a_host_that_could_be_a_command_is_not_repeated(client: Client) -> None:
    answer = await client.get("/docs", headers={"host": "a$(id)"})
    assert answer.status == 200
    assert "http://localhost</span>/v1/accounts" in answer.text


@pytest.mark.parametrize("host", ['a"; rm x', "a<b>", "a b"])
async def test_a_host_that_is_none_is_refused(client: Client, host: str) -> None:
    answer = await client.get("/docs", headers={"host": host})
    assert (answer.status, host in answer.text) == (400, False)


@pytest.mark.parametrize("host", ["mail.example.com", "mail_1:8080", "[::1]:3000", "192.0.2.1"])
async def test_a_host_of_any_form_is_repeated(client: Client, host: str) -> None:
    answer = await client.get("/docs", headers={"host": host})
    assert f"http://{host}</span>/v1/accounts" in answer.text


async def test_every_command_runs_and_gets_a_documented_status(client: Client) -> None:
    """In the order of the page, what deletes last; what is not there is not found, and that is documented too."""
    await client.post("/v1/settings", {"serviceUrl": client.base})
    described = {
        operation["operationId"]: operation
        for path in contract.document()["paths"].values()
        for operation in path.values()
    }
    found = {}
    for name, command in sorted((await commands(client)).items(), key=lambda each: each[0].startswith("delete")):
        found[name], _ = await run(command, TOKEN, 0.5 if name in STREAMS else 20)
    assert {name: status for name, status in found.items() if str(status) not in described[name]["responses"]} == {}
    assert {name: status for name, status in found.items() if status not in (200, 404, 503)} == {}
    asking = {route.operation for route in ROUTES if "X-EE-Timeout" in route.headers}
    assert {name for name, status in found.items() if status == 503} - asking == {"syncAccount"}
    assert {"registerAccount", "listAccounts", "createWebhook", "streamEvents"} <= {
        name for name, status in found.items() if status == 200
    }


async def commands(client: Client) -> dict[str, str]:
    """The commands of the page by the names of the operations."""
    text = (await client.get("/docs")).text
    pattern = r'<article class="operation" id="(\w+)".*?<figcaption>curl</figcaption><pre[^>]*>(.*?)</pre>'
    found = {name: html.unescape(re.sub(r"<[^>]+>", "", code)) for name, code in re.findall(pattern, text, re.DOTALL)}
    assert len(found) == len(re.findall('class="operation"', text))
    return {name: code for name, code in found.items() if name not in ASKS_OTHERS}
