"""Makes the parameters of an operation in the OpenAPI document: path, query and headers."""

from __future__ import annotations

import re
from typing import Any, Final

from postroom.api.pipeline.route import Route
from postroom.schemas.examples.oauth2 import CREATED
from postroom.schemas.examples.operation import NODE_ACTIVE
from postroom.schemas.examples.tokens import TOKEN
from postroom.schemas.examples.webhooks import ENDPOINT, REPLAYED_DELIVERY

PARAMETER: Final = re.compile(r"\{(\w+)\}")

_ACCOUNT: Final = {"type": "string", "minLength": 1, "maxLength": 256}
_TEXT: Final = {"type": "string"}
# The parameter `id` means something different under each of these paths.
_IDS: Final[dict[str, tuple[str, str]]] = {
    "tokens": ("The id of the token: its SHA-256 in hex", TOKEN["id"]),
    "nodes": ("The id of the node", NODE_ACTIVE["id"]),
    "webhooks": (
        "The id of the endpoint; `global` and `account:ID` are the URLs in the settings and of an account",
        ENDPOINT["id"],
    ),
}


def path_parameters(route: Route) -> list[dict[str, Any]]:
    """Return the parameters in the path, each with an example."""
    return [_path_parameter(name, route.path.split("/")[2]) for name in PARAMETER.findall(route.path)]


def _path_parameter(name: str, noun: str) -> dict[str, Any]:
    described: dict[str, tuple[str, Any, dict[str, Any]]] = {
        "account": ("Account identifier, percent-encoded", TOKEN["account"], _ACCOUNT),
        "token": ("The token itself", "0" * 64, _TEXT),
        "app": ("The id of the OAuth2 application", CREATED["id"], _TEXT),
        "delivery": (
            "The number of the delivery",
            REPLAYED_DELIVERY["delivery"],
            {"type": "integer", "minimum": 1},
        ),
    }
    words, example, schema = described[name] if name != "id" else (*_IDS[noun], _TEXT)
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": words,
        "schema": schema,
        "example": example,
    }


def query_parameters(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters in the query, from the schema of the query model."""
    return [
        _query_parameter(name, field, required=name in model.get("required", ()))
        for name, field in model.get("properties", {}).items()
        # The real names are `metadata.KEY`. No parameter object can express that, so the description says it.
        if name != "metadata"
    ]


def _query_parameter(name: str, field: dict[str, Any], *, required: bool) -> dict[str, Any]:
    schema = {key: value for key, value in field.items() if key not in ("title", "description", "examples")}
    # A query can omit a parameter, but it cannot send null.
    choices = [choice for choice in schema.pop("anyOf", ()) if choice != {"type": "null"}]
    if choices:
        schema |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    if schema.get("default") in (None, ""):
        schema.pop("default", None)
    described = {
        "name": name,
        "in": "query",
        "required": required,
        "description": field.get("description", ""),
        "schema": schema,
    }
    return {**described, "example": field["examples"][0]} if "examples" in field else described


def header_parameters(route: Route) -> list[dict[str, Any]]:
    """Return the request headers that matter."""
    return [
        {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
        for name, words in route.headers.items()
    ]
