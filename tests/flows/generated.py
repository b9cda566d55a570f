"""A client made by openapi-python-client from the document that a gateway serves, and every call of it noted.

package = await generate(gateway.url, tmp_path)
async with Operations(package, gateway.url) as operations:
    found = await operations.call("listAccounts", page_size=50)
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import sys
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import aiohttp
import attrs
import httpx

from tests.flows.gateway import TOKEN

PACKAGE = "client_of_postroom"


class Generated:
    """The client in a folder; it can be imported while this is entered."""

    def __init__(self, document: dict[str, Any], folder: Path) -> None:
        self.document = document
        self._folder = folder

    @property
    def operations(self) -> dict[str, dict[str, Any]]:
        """The operations of the document by their ids."""
        return {found["operationId"]: found for path in self.document["paths"].values() for found in path.values()}

    def __enter__(self) -> Self:
        sys.path.insert(0, str(self._folder))
        importlib.invalidate_caches()
        return self

    def __exit__(self, *_: object) -> None:
        sys.path.remove(str(self._folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]

    @property
    def models(self) -> ModuleType:
        """The types of bodies and answers."""
        return importlib.import_module(f"{PACKAGE}.models")

    def client(self, url: str) -> Any:
        """A client that sends the token."""
        made = importlib.import_module(PACKAGE).AuthenticatedClient
        return made(base_url=url, token=TOKEN, timeout=httpx.Timeout(120), raise_on_unexpected_status=True)

    def operation(self, name: str) -> ModuleType:
        """The module of an operation."""
        (tag,) = self.operations[name]["tags"]
        return importlib.import_module(f"{PACKAGE}.api.{_snake(tag)}.{_snake(name)}")


async def generate(url: str, folder: Path) -> Generated:
    """Make the client from the document served there; AssertionError for anything that the generator leaves out."""
    async with aiohttp.request("GET", f"{url}/openapi.json") as response:
        document = await response.json()
    (folder / "openapi.json").write_text(json.dumps(document))
    # Without the generator's own steps afterwards: they would only tidy what nobody reads.
    # It knows no content of messages, so the document's type for it is named, as docs/api.md says.
    overrides = {"message/rfc822": "application/octet-stream"}
    (folder / "generator.json").write_text(json.dumps({"post_hooks": [], "content_type_overrides": overrides}))
    command = [
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"),
        *("--path", "openapi.json", "--config", "generator.json", "--output-path", PACKAGE),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    said = [line for line in output.decode().splitlines() if line.strip()]
    assert process.returncode == 0, "\n".join(said)
    assert len(said) == 1, said
    assert said[0].startswith("Generating"), said
    return Generated(document, folder)


class Operations:
    """Calls operations of a generated client; `called` are those that were answered with 200."""

    def __init__(self, generated: Generated, url: str) -> None:
        self.called: set[str] = set()
        self._generated = generated
        self._client = generated.client(url)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._client.__aexit__(*problem)

    async def call(self, name: str, *arguments: Any, status: int = 200, **more: Any) -> Any:
        """Call an operation; return its answer, which is a model of the client and holds nothing undescribed."""
        response = await self._generated.operation(name).asyncio_detailed(*arguments, client=self._client, **more)
        assert response.status_code == HTTPStatus(status), (name, response.content)
        if status == HTTPStatus.OK:
            self.called.add(name)
        if "json" in response.headers["content-type"]:
            assert type(response.parsed).__module__.startswith(f"{PACKAGE}.models."), (name, response.parsed)
            assert undescribed(response.parsed) == [], name
        elif hasattr(response.parsed, "payload"):
            return response.content
        else:
            assert response.parsed == response.content.decode(), name
        return response.parsed

    async def first_of_stream(self, name: str, marker: str, **more: Any) -> str:
        """Open a stream with what the client would send; return what came up to a text. The client awaits its end."""
        asked = self._generated.operation(name)._get_kwargs(**more)
        heard = ""
        async with asyncio.timeout(60), self._client.get_async_httpx_client().stream(**asked) as response:
            assert response.status_code == HTTPStatus.OK, await response.aread()
            async for text in response.aiter_text():
                heard += text
                if marker in heard:
                    break
        self.called.add(name)
        return heard


def undescribed(value: Any, path: str = "") -> list[str]:
    """The members of an answer that its model does not have, as dotted paths."""
    if isinstance(value, list):
        return [found for each in value for found in undescribed(each, f"{path}[]")]
    if not attrs.has(type(value)):
        return []
    names = [field.name for field in attrs.fields(type(value)) if field.name != "additional_properties"]
    found = [each for name in names for each in undescribed(getattr(value, name), f"{path}.{name}")]
    # A model of nothing but further members is a dictionary.
    further = getattr(value, "additional_properties", {}) if names else {}
    return found + [f"{path}.{name}" for name in further]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("oauth2", "o_auth_2")
