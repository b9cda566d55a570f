"""The files of the design: all parts are there, colours can be read, and URLs change with the content."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from postroom.web import design
from postroom.web.design.assets import FONTS, font, lasting_url, style_sheet

STYLES = sorted((Path(design.__file__).parent / "styles").glob("*.css"))
TONES = ("ok", "busy", "wait", "bad", "idle")
# WCAG 2.2, success criteria 1.4.3 (texts) and 1.4.11 (edges of fields).
TEXT = [
    *product(("text", "faint"), ("page", "surface", "sunken", "hover")),
    *product(("accent", "accent-strong", "danger"), ("page", "surface", "hover")),
    *[(tone, f"{tone}-soft") for tone in TONES],
    *[("text", f"{tone}-soft") for tone in TONES],
    *product(TONES, ("surface",)),
    ("faint", "field"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("surface", "danger"),
    ("surface", "danger-strong"),
    ("danger-strong", "bad-soft"),
    ("accent-strong", "accent-soft"),
]


def schemes() -> dict[str, dict[str, str]]:
    """The colours of both schemes, by their names."""
    light, dark = style_sheet(["tokens"]).decode().split("@media")
    pattern = r"--([a-z-]+): (#[0-9a-f]{6});"
    return {"light": dict(re.findall(pattern, light)), "dark": dict(re.findall(pattern, dark))}


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read(scheme: str) -> None:
    colours = schemes()[scheme]
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT}
    assert {pair: found for pair, found in weak.items() if found < 4.5} == {}
    assert min(contrast(colours["edge"], colours[each]) for each in ("surface", "field")) >= 3


def test_both_schemes_have_the_same_colours() -> None:
    assert schemes()["light"].keys() == schemes()["dark"].keys()


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_sheet_uses_colours_by_name_and_loads_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "http" not in text
    assert "@import" not in text
    if path.name != "tokens.css":
        assert re.findall(r"#[0-9a-f]{3,8}\b", text) == []
        known = set(re.findall(r"(--[a-z-]+):", style_sheet([each.stem for each in STYLES]).decode()))
        assert set(re.findall(r"var\((--[a-z-]+)", text)) <= known


def test_the_fonts_are_fonts() -> None:
    assert {font(name)[:4] for name in FONTS} == {b"wOF2"}
    for name in FONTS:
        assert f'url("{name}")' in style_sheet(["fonts"]).decode()


def test_a_url_changes_with_the_file() -> None:
    kept = {"a.css": b"1", "b.css": b"2"}
    one, other = (lasting_url("/here", name, kept.__getitem__) for name in kept)
    assert one.startswith("/here/a.css?v=")
    assert one.partition("=")[2] != other.partition("=")[2]
    kept["a.css"] = b"3"
    assert lasting_url("/here", "a.css", kept.__getitem__) != one
