"""Loads a library without the parts of it, or the other libraries, that Postroom does not use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType

__all__ = ["parts_of", "without"]

_LOADING = RLock()
_RUNS = "runs now"


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Make modules look as if they were not installed. Those that are loaded already stay as they are."""
    hidden = [name for name in names if name not in sys.modules]
    # With None in its place, the import of a module fails.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def parts_of(package: str, *functions: str) -> Iterator[None]:
    """Load modules of a package, but not all that the package itself would load. A single module is loaded later.

    Its own module runs later, when something first asks for a name in it that is not the name of a module. Its
    `functions` can be imported before; then the first call runs it.
    """
    spec = find_spec(package) if package not in sys.modules else None
    if spec is not None:
        late = module_from_spec(spec)
        late.__class__ = _LatePackage
        late.__dict__.update({name: _late_function(late, name) for name in functions})
        sys.modules[package] = late
        above, _, name = package.rpartition(".")
        if above:
            setattr(import_module(above), name, late)
    yield


def _late_function(late: ModuleType, name: str) -> Callable[..., object]:
    def run_first(*arguments: object, **named: object) -> object:
        _run_once(late, name)
        function: Callable[..., object] = late.__dict__[name]
        if function is run_first:
            raise AttributeError(f"{late.__name__} has no function {name}", name=name, obj=late)
        return function(*arguments, **named)

    return run_first


class _LatePackage(ModuleType):
    """A package whose own module has not run yet. Its other modules can be imported as always."""

    def __getattr__(self, name: str) -> object:
        # Imports look for such names themselves, and do without them.
        if name.startswith("__"):
            raise AttributeError(name)
        is_package = "__path__" in self.__dict__
        if is_package and find_spec(f"{self.__name__}.{name}") is not None:
            return import_module(f"{self.__name__}.{name}")
        _run_once(self, name)
        return getattr(self, name)


def _run_once(late: ModuleType, name: str) -> None:
    """Run the package's own module for a name in it. Other threads wait until it is whole."""
    with _LOADING:
        if late.__class__ is not _LatePackage:
            return
        if _RUNS in late.__dict__:
            raise AttributeError(name)
        assert late.__spec__ is not None
        assert late.__spec__.loader is not None
        late.__dict__[_RUNS] = True
        try:
            late.__spec__.loader.exec_module(late)
            late.__class__ = ModuleType  # type: ignore[assignment]
        finally:
            del late.__dict__[_RUNS]
