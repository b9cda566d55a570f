"""The examples of the reference, all of them: they fit their schemas, agree with one another, and hold no real secret.

The tests of the OpenAPI document hold each against the schema of its operation, and send each request.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from postroom.api.reference.answers import DOCUMENTED
from postroom.api.routes.table import ROUTES
from postroom.schemas import examples
from postroom.schemas.examples import errors

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[^\s\"]*")
# Names under which documentation may live (RFC 2606, RFC 5737), and those of the providers that are spoken of.
_HOSTS = re.compile(r"(?:^|\.)(?:example(?:\.com)?|apple\.com|google(?:apis)?\.com|microsoftonline\.com|localhost)$")


def named() -> Iterator[tuple[str, Any]]:
    """Every example of the package, by module and name."""
    for found in pkgutil.iter_modules(examples.__path__, f"{examples.__name__}."):
        for name, value in vars(importlib.import_module(found.name)).items():
            if name.isupper() and not name.startswith("_"):
                yield f"{found.name.rpartition('.')[2]}.{name}", value


EXAMPLES = dict(named())


def texts(value: Any) -> Iterator[str]:
    """Every text in an example, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


@pytest.mark.parametrize("name", EXAMPLES)
def test_times_have_the_form_of_answers(name: str) -> None:
    for text in texts(EXAMPLES[name]):
        for time in _TIME.findall(text):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time), time


@pytest.mark.parametrize("name", EXAMPLES)
def test_addresses_are_those_of_documentation(name: str) -> None:
    for text in texts(EXAMPLES[name]):
        for host in re.findall(r"https?://(?:[^/@\s]*@)?([^/:\s\"]+)", text):
            assert _HOSTS.search(host), text


def test_every_example_of_a_route_can_be_sent() -> None:
    for route in ROUTES:
        if route.media_type == "application/json":
            orjson.dumps(DOCUMENTED[route.operation].example)
        if route.body is not None:
            body = DOCUMENTED[route.operation].body_example
            assert isinstance(orjson.loads(orjson.dumps(body)), dict), route.operation


def test_an_answer_to_a_change_of_an_account_names_the_account_of_the_request() -> None:
    account = EXAMPLES["accounts.NEW_ACCOUNT"]["account"]
    for name in ("REGISTERED", "ACCOUNT", "CHANGED", "REMOVED", "TIMELINE"):
        assert EXAMPLES[f"accounts.{name}"]["account"] == account
    assert [each["account"] for each in EXAMPLES["accounts.ACCOUNTS"]["accounts"]].index(account) == 0


def test_secrets_are_masked_in_answers_that_are_not_given_once() -> None:
    shown = EXAMPLES["accounts.ACCOUNT"]
    assert {shown[block]["auth"]["pass"] for block in ("imap", "smtp")} == {"******"}
    assert EXAMPLES["accounts.NEW_ACCOUNT"]["imap"]["auth"]["pass"] != "******"


def test_every_status_that_is_described_has_an_example_of_its_own() -> None:
    statuses = {status for route in ROUTES for status in route.errors}
    assert statuses <= set(errors.ERRORS)
    for status, example in errors.ERRORS.items():
        assert (example["statusCode"], example["error"]) == (status, example["message"])
