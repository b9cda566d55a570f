"""The OpenAPI document as one page for reading, complete in itself."""

from __future__ import annotations

from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined


def render(document: dict[str, Any]) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("postroom.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    schemas = document["components"]["schemas"]
    operations = [
        _operation(path, method, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups = [
        {"name": tag["name"], "operations": [each for each in operations if each["tag"] == tag["name"]]}
        for tag in document["tags"]
    ]
    return environment.get_template("reference.html").render(info=document["info"], groups=groups)


def _operation(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    responses = dict(operation["responses"])
    (content,) = responses.pop("200")["content"].values()
    errors = [response["content"]["application/json"]["example"] for response in responses.values()]
    return {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "deprecated": operation.get("deprecated", False),
        "method": method.upper(),
        "path": path,
        "needs": operation.get("x-needs"),
        "parameters": [
            {**parameter, "kind": _kind(parameter["schema"], schemas)} for parameter in operation["parameters"]
        ],
        "fields": _fields(body.get("schema", {}), schemas),
        "request": _pretty(body["example"]) if body else "",
        "answer": _pretty(content["example"]),
        "errors": [
            {"status": error["statusCode"], "message": error["message"], "code": error["code"]} for error in errors
        ],
    }


def _pretty(example: Any) -> str:
    return example if isinstance(example, str) else orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = schemas[schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    """Return the fields of an object, those of objects inside it right after them under dotted names."""
    found: list[dict[str, Any]] = []
    whole = _resolved(schema, schemas)
    for name, field in whole.get("properties", {}).items():
        described = field.get("description") or _inner(field, schemas).get("description", "")
        required = name in whole.get("required", ())
        kind = _kind(field, schemas)
        found.append({"name": prefix + name, "kind": kind, "required": required, "description": described})
        found.extend(_fields(_inner(field, schemas), schemas, f"{prefix}{name}."))
    return found


def _inner(field: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the object that a field may hold, whatever else it may hold."""
    choices = [_resolved(choice, schemas) for choice in field.get("anyOf", [field])]
    return next((choice for choice in choices if "properties" in choice), {})


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(choice, schemas) for choice in schema["anyOf"]))
    whole = _resolved(schema, schemas)
    if "enum" in whole:
        return ", ".join(str(value) for value in whole["enum"])
    if "const" in whole:
        return str(orjson.dumps(whole["const"]).decode())
    kind = whole.get("type", "anything")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "format" in whole:
        words = f"{words} ({whole['format']})"
    if "default" in schema and schema["default"] not in (None, "", False):
        words = f"{words}, default {schema['default']}"
    return words
