"""Renders the OpenAPI document as one page, which is complete even without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from postroom.api.reference import curl, markup
from postroom.api.reference.fields import Field, Fields, words_of


def render(document: dict[str, Any], files: Mapping[str, str]) -> str:
    """Return the page. `curl.ORIGIN` in it stands for the gateway's origin; `files` are the URLs of what it loads."""
    environment = Environment(
        loader=PackageLoader("postroom.api.reference.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": markup.prose, "json": markup.json_text, "curl": markup.curl_text}
    fields = Fields(document["components"]["schemas"])
    operations = [
        _operation(path, method.upper(), operation, fields)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups = [
        {"name": tag["name"], "operations": [each for each in operations if each["tag"] == tag["name"]]}
        for tag in document["tags"]
    ]
    page = environment.get_template("reference.html")
    return page.render(info=document["info"], groups=groups, files=files, origin=curl.ORIGIN)


def _operation(path: str, method: str, operation: dict[str, Any], fields: Fields) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    responses = dict(operation["responses"])
    (content,) = responses.pop("200")["content"].values()
    sent, answered = fields.of(body.get("schema", {})), fields.of(content["schema"])
    shown = {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "summary": operation["summary"],
        "description": operation["description"],
        "deprecated": operation.get("deprecated", False),
        "method": method,
        "path": path,
        "needs": operation.get("x-needs"),
        "parameters": [_parameter(parameter, fields) for parameter in operation["parameters"]],
        "sent": sent,
        "about": fields.about(body.get("schema", {})),
        "answered": answered,
        "curl": curl.command(method, path, operation),
        "answer": _pretty(content["example"]),
        "errors": [response["content"]["application/json"]["example"] for response in responses.values()],
    }
    return {**shown, "find": _findable(shown)}


def _parameter(parameter: dict[str, Any], fields: Fields) -> dict[str, Any]:
    return {**parameter, "kind": words_of(parameter["schema"], fields), "values": fields.values(parameter["schema"])}


def _findable(shown: dict[str, Any]) -> str:
    """Return the text that the search looks at: paths, summaries, operation names, and the names of fields."""
    named = [parameter["name"] for parameter in shown["parameters"]]
    named += [*_paths(shown["sent"]), *_paths(shown["answered"])]
    texts = [shown["method"], shown["path"], shown["summary"], shown["id"], shown["tag"], *dict.fromkeys(named)]
    return " ".join(texts).lower()


def _paths(fields: list[Field]) -> Iterator[str]:
    for field in fields:
        yield field.path
        yield from _paths(field.inside)


def _pretty(example: Any) -> str:
    return example if isinstance(example, str) else orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
