"""Loads modules without their long docstrings: a gateway never shows them, and they take two MiB."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from inspect import CO_OPTIMIZED
from types import CodeType, ModuleType
from typing import Final

__all__ = ["leave_out_docstrings"]

_LIBRARIES: Final = frozenset({"sqlalchemy", "pydantic", "pydantic_core"})
"""Those with the most docstrings. Others may need theirs: a module of `email` in Python 3.13 does."""
_WORDY: Final = _LIBRARIES | {__name__.partition(".")[0]}
_NONE: Final = " "
"""In place of a docstring. Some modules add words to theirs, and some assert that there is one."""
_LONG: Final = 60
"""A shorter docstring may be the same constant as a value that the function uses."""


def leave_out_docstrings() -> None:
    """Load our modules and some libraries without long docstrings from now on.

    Docstrings of our classes stay, because some of them are messages.
    """
    # From Python 3.14 on, the first constant of a function need not be its docstring.
    if sys.version_info < (3, 14):
        sys.path_hooks.insert(0, _finder_of)
        sys.path_importer_cache.clear()


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        return _shortened(code) if code is not None and _top(fullname) in _WORDY else code

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if _top(module.__name__) in _LIBRARIES:
            _shorten_classes(module)


def _top(module: str) -> str:
    return module.partition(".")[0]


def _shortened(code: CodeType) -> CodeType:
    """Return the code without long docstrings of functions."""
    constants = tuple(_shortened(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    if _has_long_docstring(code):
        constants = (_NONE, *constants[1:])
    if all(new is old for new, old in zip(constants, code.co_consts, strict=True)):
        return code
    return code.replace(co_consts=constants)


def _has_long_docstring(code: CodeType) -> bool:
    """Say whether this is a function with one. Outside comprehensions, the first constant is the docstring or None."""
    if not code.co_flags & CO_OPTIMIZED or code.co_name.startswith("<") or not code.co_consts:
        return False
    first = code.co_consts[0]
    return isinstance(first, str) and len(first) >= _LONG


def _shorten_classes(module: ModuleType) -> None:
    for made in list(vars(module).values()):
        if not isinstance(made, type) or made.__module__ != module.__name__:
            continue
        # A class may also have a property of that name.
        if isinstance(vars(made).get("__doc__"), str):
            # A class in C cannot be changed.
            with suppress(TypeError):
                type.__setattr__(made, "__doc__", _NONE)


_finder_of = FileFinder.path_hook(
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (_Loader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
