"""Makes the form of an operation from its description, and a call of the API from the form. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

import orjson

from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference.fields import Fields
from postroom.schemas.reference.operations import ShownOperation
from postroom.schemas.reference.shapes import OperationObject, ParameterObject
from postroom.web.dashboard.inputs.made import FormInput, InputKind

__all__ = ["BODY", "AskedCall", "asked_call", "asks_first", "inputs_of", "never_ends"]

BODY: Final = "body"
"""The name of the input of the body."""

_STREAM: Final = "text/event-stream"
_REMOVES: Final = "destructive"
_ALSO_REMOVES: Final = frozenset({"flushAccount"})
_FLAGS: Final = (("", "not sent"), ("true", "true"), ("false", "false"))


@dataclass(frozen=True, slots=True)
class AskedCall:
    """A call of the API. `path` is percent-encoded; `headers` are those that the visitor filled in."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def never_ends(operation: OperationObject) -> bool:
    """Say whether the answer is a stream, for which no page can wait."""
    return _STREAM in operation["responses"]["200"]["content"]


def asks_first(shown: ShownOperation) -> bool:
    """Say whether the operation removes something, so that the page asks before it calls."""
    is_removal = (shown.needs or {}).get("action") == _REMOVES or shown.method == "DELETE"
    return is_removal or shown.id in _ALSO_REMOVES


def inputs_of(
    operation: OperationObject,
    fields: Fields,
    sent: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[FormInput]:
    """Return the inputs of the form: parameters first, then the body. Without `sent` they have the examples."""
    found = [_parameter(each, fields) for each in operation["parameters"]]
    if "requestBody" in operation:
        described = operation["requestBody"]
        example = described["content"]["application/json"]["example"]
        text = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
        found.append(FormInput(BODY, "Body (JSON)", InputKind.CODE, value=text, required=described["required"]))
    values, wrong = sent or {}, problems or {}
    return [
        each.filled(values.get(each.name) if sent is not None else None, wrong.get(each.name, "")) for each in found
    ]


def _parameter(parameter: ParameterObject, fields: Fields) -> FormInput:
    name, place, schema = parameter["name"], parameter["in"], parameter["schema"]
    example = str(parameter.get("example", ""))
    choices = fields.choices(schema)
    kind, options = InputKind.TEXT, tuple((each, each) for each in fields.values(schema))
    if any("items" in each for each in choices):
        kind, options = InputKind.LINES, ()
    elif any(each.get("type") == "boolean" for each in choices):
        kind, options = InputKind.CHOICE, _FLAGS
    elif options:
        kind, options = InputKind.CHOICE, (("", "not sent"), *options)
    required = parameter["required"]
    return FormInput(
        f"{place}.{name}",
        name,
        kind,
        value=example if required else "",
        hint=parameter["description"],
        options=options,
        required=required,
        placeholder="" if required else example,
        monospaced=True,
    )


def asked_call(
    method: str, path: str, operation: OperationObject, sent: Mapping[str, str]
) -> tuple[AskedCall, dict[str, str]]:
    """Return the call that a form asks for, and what is wrong with the form by input. The API checks all else."""
    problems: dict[str, str] = {}
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    for parameter in operation["parameters"]:
        name, place = parameter["name"], parameter["in"]
        value = sent.get(f"{place}.{name}", "").replace("\r\n", "\n")
        if place == "path":
            if not value:
                problems[f"path.{name}"] = f'"{name}" is part of the path: fill it in'
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        elif place == "query":
            query += [(name, each) for each in _values(value, parameter)]
        elif value and not _fits_a_header(value):
            problems[f"header.{name}"] = "A header has letters of Latin-1 on one line"
        elif value:
            headers.append((name, value))
    body = sent.get(BODY, "").strip().encode() if "requestBody" in operation else b""
    if body:
        headers.append(("content-type", "application/json"))
    return AskedCall(method, path, urlencode(query), tuple(headers), body), problems


def _values(value: str, parameter: ParameterObject) -> Iterator[str]:
    """Return the values of a parameter of the query: one for each line where it may be repeated."""
    schema = parameter["schema"]
    is_list = any("items" in each for each in (schema, *schema.get("anyOf", ())))
    yield from (each.strip() for each in (value.split("\n") if is_list else [value]) if each.strip())


def _fits_a_header(value: str) -> bool:
    return "\n" not in value and all(" " <= each <= "ÿ" and each != "\x7f" for each in value)
