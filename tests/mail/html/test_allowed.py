"""The allow list: nothing on it runs, loads without being asked for, or clashes with a page."""

from __future__ import annotations

import re

import pytest

from postroom.mail.html.allowed import (
    ATTRIBUTES,
    CSS_VALUE,
    ELEMENTS,
    LEFT_OUT,
    MAY_BE_NEGATIVE,
    NEGATIVE,
    PROPERTIES,
    SCHEMES,
)
from tests.house.modules import PROJECT

DOCUMENT = (PROJECT / "docs" / "mail-text.md").read_text(encoding="utf-8")
SECTION = DOCUMENT.partition("## Safe HTML")[2].partition("\n## ")[0]


def test_nothing_that_runs_or_asks_is_allowed() -> None:
    active = {"script", "iframe", "object", "embed", "form", "input", "button", "link", "meta", "base", "svg", "math"}
    assert not ELEMENTS & (active | LEFT_OUT)
    names = set().union(*ATTRIBUTES.values())
    assert not [name for name in names if name.startswith("on")]
    assert not names & {
        "id",
        "class",
        "name",
        "srcset",
        "srcdoc",
        "action",
        "formaction",
        "ping",
        "target",
        "rel",
        "is",
    }
    assert {"http", "https", "mailto", "tel"} == SCHEMES


def test_attributes_belong_to_elements_that_are_allowed() -> None:
    assert set(ATTRIBUTES) - {"*"} <= ELEMENTS


def test_no_property_moves_an_element_out_of_its_place() -> None:
    assert not PROPERTIES & {"position", "top", "left", "z-index", "transform", "content", "behavior", "animation"}
    assert MAY_BE_NEGATIVE <= PROPERTIES


@pytest.mark.parametrize("value", ["red", "#fff", "1px 2%", "rgb(1,2,3)", "'A B', serif", "0 !important", "Größe"])
def test_values(value: str) -> None:
    assert re.fullmatch(CSS_VALUE, value)


@pytest.mark.parametrize("value", ["url(x)", "expression(x)", "a\\b", "a;b", "a}b", "<", "'a", "rgb(rgb(1))", "a:b"])
def test_values_that_are_not_understood(value: str) -> None:
    assert not re.fullmatch(CSS_VALUE, value)


@pytest.mark.parametrize(("value", "is_negative"), [("-1px", True), ("0 -.5em", True), ("a-1", False), ("1px", False)])
def test_negative_numbers(value: str, is_negative: bool) -> None:
    assert bool(NEGATIVE.search(value)) is is_negative


def test_the_document_names_every_element_and_property() -> None:
    named = set(re.findall(r"`([a-z0-9-]+)`", SECTION))
    assert sorted(ELEMENTS - named) == []
    assert sorted(PROPERTIES - named) == []
    assert sorted(LEFT_OUT - named) == []
