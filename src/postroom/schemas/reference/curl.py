"""Makes the curl command of an operation for the reference; it runs as it is once `$TOKEN` is set. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlencode

import orjson

from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference.shapes import OperationObject, ParameterObject, RequestBodyObject

ORIGIN: Final = "%ORIGIN%"
"""Placeholder for scheme, host and port of the gateway, which are known when somebody reads the page."""

BODY: Final = " \\\n  -d '{}'"
"""The end of a command that has a body."""

_AUTHORIZED: Final = '-H "Authorization: Bearer $TOKEN"'
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_JSON: Final = '-H "Content-Type: application/json"'


@dataclass(frozen=True, slots=True)
class Curl:
    """A command in two parts: `head` up to the body, and `body` as JSON quoted for a shell, empty without one."""

    head: str
    body: str = ""

    @property
    def text(self) -> str:
        """Return the whole command."""
        return self.head + BODY.format(self.body) if self.body else self.head


def origin_of(scheme: str, host: str) -> str:
    """Return the origin of the gateway for commands that people run. `host` is what a client sent, so it is checked."""
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}"


def command(method: str, path: str, operation: OperationObject) -> Curl:
    """Return the command for an operation of the OpenAPI document, filled with its examples."""
    options = [_start(method, operation) + f' "{ORIGIN}{_filled(path, operation["parameters"])}"']
    if operation["security"]:
        options.append(_AUTHORIZED)
    body = _body(operation.get("requestBody"))
    if body:
        options.append(_JSON)
    return Curl(" \\\n  ".join(options), body)


def _start(method: str, operation: OperationObject) -> str:
    """Return the command up to its address: `-N` for a stream, `-X` for a method other than GET."""
    streams = "text/event-stream" in operation["responses"]["200"]["content"]
    return "curl" + (" -N" if streams else "") + ("" if method == "GET" else f" -X {method}")


def _filled(path: str, parameters: list[ParameterObject]) -> str:
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(parameter["example"]), safe=""))
    required = {each["name"]: each["example"] for each in parameters if each["in"] == "query" and each["required"]}
    return f"{path}?{urlencode(required)}" if required else path


def _body(described: RequestBodyObject | None) -> str:
    """Return the example of the body; "" for an empty body that is optional."""
    if described is None:
        return ""
    example = described["content"]["application/json"]["example"]
    if not example and not described["required"]:
        return ""
    return orjson.dumps(example, option=orjson.OPT_INDENT_2).decode().replace("'", "'\\''")
