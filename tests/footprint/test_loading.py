"""Libraries look missing for a while, and are there again afterwards."""

from __future__ import annotations

import importlib
import sys

import pytest

from postroom.footprint.loading import without


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
