"""Loads a library without the parts of it, or the other libraries, that Postroom does not use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
def parts_of(package: str) -> Iterator[None]:
    """Load modules of a package, but not all that the package itself would load.

    Its own module runs later, when something first asks for a name in it that is not the name of a module.
    """
    spec = find_spec(package) if package not in sys.modules else None
    if spec is not None:
        late = module_from_spec(spec)
        late.__class__ = _LatePackage
        sys.modules[package] = late
    yield


class _LatePackage(ModuleType):
    """A package whose own module has not run yet. Its other modules can be imported as always."""

    def __getattr__(self, name: str) -> object:
        # Imports look for such names themselves, and do without them.
        if name.startswith("__"):
            raise AttributeError(name)
        if find_spec(f"{self.__name__}.{name}") is not None:
            return import_module(f"{self.__name__}.{name}")
        with _LOADING:
            if self.__class__ is _LatePackage:
                self._run(name)
        return getattr(self, name)

    def _run(self, name: str) -> None:
        """Run the package's own module for a name in it. Other threads wait until it is whole."""
        if _RUNS in self.__dict__:
            raise AttributeError(name)
        assert self.__spec__ is not None
        assert self.__spec__.loader is not None
        self.__dict__[_RUNS] = True
        try:
            self.__spec__.loader.exec_module(self)
            self.__class__ = ModuleType  # type: ignore[assignment]
        finally:
            del self.__dict__[_RUNS]
