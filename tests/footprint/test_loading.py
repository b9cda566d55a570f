"""Libraries look missing for a while, and packages are loaded in parts."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.footprint.loading import parts_of, without


def test_a_module_cannot_be_loaded_meanwhile_and_can_be_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with without("this_is_unknown", "colorsys"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)
    assert "this_is_unknown" not in sys.modules


def test_a_module_that_is_loaded_stays() -> None:
    with without("sys", "importlib"):
        assert importlib.import_module("importlib") is importlib
    assert sys.modules["importlib"] is importlib


def test_an_error_in_between_changes_nothing() -> None:
    with pytest.raises(ZeroDivisionError), without("colorsys_of_nobody"):
        raise ZeroDivisionError
    assert "colorsys_of_nobody" not in sys.modules


@pytest.fixture
def cupboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a package with a module and with names of its own."""
    package = tmp_path / "cupboard_of_tests"
    package.mkdir()
    (package / "__init__.py").write_text("from cupboard_of_tests.heavy import WEIGHT\nfrom . import drawer\n")
    (package / "drawer.py").write_text("SPOON = 'silver'\n")
    (package / "heavy.py").write_text("WEIGHT = 40\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield package.name
    for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[name]


def test_a_part_is_loaded_without_what_its_package_loads(cupboard: str) -> None:
    with parts_of(cupboard):
        drawer = importlib.import_module(f"{cupboard}.drawer")
    assert drawer.SPOON == "silver"
    assert f"{cupboard}.heavy" not in sys.modules


def test_a_part_is_found_by_its_name_in_the_package(cupboard: str) -> None:
    with parts_of(cupboard):
        assert importlib.import_module(cupboard).drawer.SPOON == "silver"
    assert f"{cupboard}.heavy" not in sys.modules


def test_a_name_of_the_package_loads_the_rest_and_keeps_its_parts(cupboard: str) -> None:
    with parts_of(cupboard):
        drawer = importlib.import_module(f"{cupboard}.drawer")
    package = importlib.import_module(cupboard)
    assert package.WEIGHT == 40
    assert package.drawer is drawer
    with pytest.raises(AttributeError):
        _ = package.nothing_of_the_kind


def test_a_package_that_is_loaded_already_stays_as_it_is(cupboard: str) -> None:
    package = importlib.import_module(cupboard)
    with parts_of(cupboard):
        assert importlib.import_module(cupboard) is package
    assert package.WEIGHT == 40


def test_a_package_that_is_not_there_is_missed_as_always() -> None:
    with parts_of("cupboard_of_nobody"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("cupboard_of_nobody.drawer")


@pytest.fixture
def lamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module in a package. It notes that it ran."""
    package = tmp_path / "house_of_tests"
    package.mkdir()
    (package / "__init__.py").write_text("RAN = []\n")
    (package / "lamp.py").write_text(
        "from house_of_tests import RAN\nRAN.append(1)\nLIGHT = 'on'\n\ndef shine(times, *, word='light'):\n"
        "    return word * times\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield f"{package.name}.lamp"
    for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[name]


def test_a_single_module_runs_when_something_asks_for_a_name_in_it(lamp: str) -> None:
    with parts_of(lamp):
        module = importlib.import_module(lamp)
    house = importlib.import_module("house_of_tests")
    assert house.lamp is module
    assert house.RAN == []
    assert module.LIGHT == "on"
    assert house.RAN == [1]
    with pytest.raises(AttributeError):
        _ = module.nothing_of_the_kind


def test_a_function_of_a_late_module_can_be_imported_and_runs_it_when_it_is_called(lamp: str) -> None:
    with parts_of(lamp, "shine"):
        shine = importlib.import_module(lamp).shine
    assert importlib.import_module("house_of_tests").RAN == []
    assert shine(2, word="sun") == "sunsun"
    assert shine(1) == "light"
    assert importlib.import_module(lamp).shine is not shine
    assert importlib.import_module("house_of_tests").RAN == [1]


def test_a_function_that_the_module_does_not_have_is_missed_when_it_is_called(lamp: str) -> None:
    with parts_of(lamp, "glow"):
        glow = importlib.import_module(lamp).glow
    with pytest.raises(AttributeError, match="has no function glow"):
        glow()
    assert importlib.import_module(lamp).shine(1) == "light"
