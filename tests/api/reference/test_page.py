"""The page of the reference holds everything, also for who has no JavaScript."""

from __future__ import annotations

import html
import re
from functools import cache

import pytest

from postroom.api.pipeline.route import Route
from postroom.api.reference import openapi
from postroom.api.reference.page import render
from postroom.api.routes.table import ROUTES
from tests.api import contract

FILES = {"style": "/style", "script": "/script", "icon": "/icon"}


@cache
def page() -> str:
    return render(openapi.build(ROUTES, "0.0.0"), FILES)


def article(operation: str) -> str:
    """The part of the page about one operation."""
    found = re.search(rf'<article class="operation" id="{operation}".*?</article>', page(), re.DOTALL)
    assert found is not None
    return found.group()


def test_it_is_html_from_the_first_character() -> None:
    assert page().startswith("<!doctype html>")


@pytest.mark.parametrize("route", ROUTES, ids=[route.operation for route in ROUTES])
def test_every_operation_is_there_with_its_command_and_its_answers(route: Route) -> None:
    text = html.unescape(article(route.operation))
    assert f">{route.summary}</a>" in text
    assert "<figcaption>curl</figcaption>" in text
    assert "<figcaption>Answer <span>200</span>" in text
    for status in contract.document()["paths"][route.path][route.method.lower()]["responses"]:
        assert int(status) < 400 or f"<b>{status}</b>" in text


def test_no_backtick_is_left_where_code_is_meant() -> None:
    without_examples = re.sub(r"<pre.*?</pre>", "", page(), flags=re.DOTALL)
    assert "`" not in without_examples


def test_fields_inside_fields_are_there_with_limits_and_values() -> None:
    text = article("registerAccount")
    for words in ("imap.tls.minversion", "whole number, 1 to 65535", "<code>TLSv1.2</code>", "14 fields of"):
        assert words in text


def test_the_search_knows_paths_summaries_names_and_fields() -> None:
    found = re.search(r'data-find="([^"]*)"', article("registerAccount"))
    assert found is not None
    for word in ("/v1/account", "register account", "registeraccount", "upsert", "imap.resyncdelay", "created"):
        assert word in found.group(1)


def test_it_loads_and_runs_only_what_is_beside_it() -> None:
    assert re.findall(r'(?:src|href)="(?!#)([^"]*)"', page()).count("/script") == 1
    loaded = set(re.findall(r'(?:src|href)="(?!#)([^"]*)"', page()))
    assert loaded == {"/style", "/script", "/icon", "/openapi.json"}
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?! src=)", page())
