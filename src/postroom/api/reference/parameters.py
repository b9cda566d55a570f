"""Makes the parameters of an operation in the OpenAPI document: path, query and headers."""

from __future__ import annotations

import re
from typing import Final

from postroom.api.pipeline.route import Route
from postroom.schemas.examples.mail.downloads import ATTACHMENT_ID
from postroom.schemas.examples.mail.reading import MESSAGE
from postroom.schemas.examples.mail.submitting import QUEUE_ID
from postroom.schemas.examples.oauth2 import CREATED
from postroom.schemas.examples.operation import NODE_ACTIVE
from postroom.schemas.examples.tokens import TOKEN
from postroom.schemas.examples.webhooks import ENDPOINT, REPLAYED_DELIVERY
from postroom.schemas.reference.shapes import ParameterObject, Schema

PARAMETER: Final = re.compile(r"\{(\w+)\}")

_ACCOUNT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 256}
_TEXT: Final[Schema] = {"type": "string"}
# The parameter `id` means something different under each of these paths.
_IDS: Final[dict[str, tuple[str, object]]] = {
    "tokens": ("The id of the token: its SHA-256 in hex", TOKEN["id"]),
    "nodes": ("The id of the node", NODE_ACTIVE["id"]),
    "webhooks": (
        "The id of the endpoint; `global` and `account:ID` are the URLs in the settings and of an account",
        ENDPOINT["id"],
    ),
}


def path_parameters(route: Route) -> list[ParameterObject]:
    """Return the parameters in the path, each with an example."""
    return [_path_parameter(name, route.path.split("/")[2]) for name in PARAMETER.findall(route.path)]


def _path_parameter(name: str, noun: str) -> ParameterObject:
    described: dict[str, tuple[str, object, Schema]] = {
        "account": ("Account identifier, percent-encoded", TOKEN["account"], _ACCOUNT),
        "thread": ("The `threadId` of a message", "r.zLkFyPDKfks", _TEXT),
        "message": ("The `id` of the message", MESSAGE["id"], _TEXT),
        "text": ("The `text.id` of the message", MESSAGE["text"]["id"], _TEXT),
        "token": ("The token itself", "0" * 64, _TEXT),
        "attachment": ("The id of the attachment", ATTACHMENT_ID, _TEXT),
        "queueId": ("The `queueId` of the message in the outbox", QUEUE_ID, _TEXT),
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


def query_parameters(model: Schema) -> list[ParameterObject]:
    """Return the parameters in the query, from the schema of the query model."""
    return [
        _query_parameter(name, field, required=name in model.get("required", ()))
        for name, field in model.get("properties", {}).items()
        # The real names are `metadata.KEY`. No parameter object can express that, so the description says it.
        if name != "metadata"
    ]


def _query_parameter(name: str, field: Schema, *, required: bool) -> ParameterObject:
    schema = field.copy()
    # Said beside the schema.
    schema.pop("title", None)
    schema.pop("description", None)
    schema.pop("examples", None)
    # A query can leave a parameter out, but not say null.
    choices = [choice for choice in schema.pop("anyOf", []) if choice != {"type": "null"}]
    if choices:
        schema |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    if schema.get("default") in (None, ""):
        schema.pop("default", None)
    described: ParameterObject = {
        "name": name,
        "in": "query",
        "required": required,
        "description": field.get("description", ""),
        "schema": schema,
    }
    if "examples" in field:
        described["example"] = field["examples"][0]
    return described


def header_parameters(route: Route) -> list[ParameterObject]:
    """Return the request headers that matter."""
    return [
        {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
        for name, words in route.headers.items()
    ]
