"""The decorator of every value class: the standard one, with one equality, hash and text for all classes. Pure.

The standard decorator compiles six methods for each class. For our seven hundred classes that is four thousand
functions: five MiB, and a tenth of the start. Here only `__init__` is kept. All else is as documented in
`dataclasses`: fields, `replace`, `asdict`, `order`, `match_args`. Type checkers see the standard decorator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, Never, TypeAlias

_Key: TypeAlias = Callable[[Any], tuple[object, ...]]
_COMPARED: dict[type, _Key] = {}
_HASHED: dict[type, _Key] = {}
_RENEWED: dict[type, tuple[Mapping[str, int], _Key]] = {}
_PARAMS: dict[str, object] = {}
_LEFT_OUT: set[str] = set()
_GUARDS: Final = "guards"


def leave_out_guards() -> None:
    """Make frozen classes without the guard against assignment from now on.

    The standard `__init__` of such a class has to get past its own guard, which takes four times as long. Strict type
    checks find each assignment before, and the tests run with the guard.
    """
    _LEFT_OUT.add(_GUARDS)


def _shared(
    *,
    frozen: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 - the standard name
    order: bool = False,
    **options: bool,
) -> Callable[[type], type]:
    def made(cls: type) -> type:
        guarded = frozen and _is_guarded(cls)
        if order:
            return dataclasses.dataclass(frozen=frozen, eq=eq, repr=repr, order=order, **options)(cls)
        if eq:
            _unless_own(cls, __eq__=_equal, __hash__=_hash if frozen else None)
        if repr:
            _unless_own(cls, __repr__=_text)
        built: type = dataclasses.dataclass(frozen=guarded, eq=False, repr=False, **options)(cls)
        if guarded:
            _set(built, __setattr__=_refuse_assignment, __delattr__=_refuse_deletion)
        if _GUARDS in _LEFT_OUT:
            _lighten(built)
        _drop_stale_weakref(built)
        return built

    return made


def _replace(value: Any, /, **changes: Any) -> Any:
    """Do what the standard function does in less than half of its time. That one looks at each field in turn."""
    cls = value.__class__
    places, key = _RENEWED.get(cls) or _renewed(cls)
    if not places or not changes.keys() <= places.keys():
        return dataclasses.replace(value, **changes)
    values = list(key(value))
    for name, new in changes.items():
        values[places[name]] = new
    return cls(*values)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:
    dataclass = _shared
    replace = _replace


def _unless_own(cls: type, **methods: object) -> None:
    _set(cls, **{name: method for name, method in methods.items() if name not in cls.__dict__})


def _set(cls: type, **methods: object) -> None:
    for name, method in methods.items():
        setattr(cls, name, method)


def _is_guarded(cls: type) -> bool:
    """Say whether a frozen class must have the guard. It must where a class below it has one."""
    params = (getattr(each, "__dataclass_params__", None) for each in cls.__mro__[1:])
    return _GUARDS not in _LEFT_OUT or any(each is not None and each.frozen for each in params)


def _lighten(cls: type) -> None:
    """Forget the types in the signature, and keep equal options once."""
    if "__init__" in cls.__dict__:
        del cls.__init__.__annotations__  # type: ignore[misc]
    params = cls.__dict__["__dataclass_params__"]
    _set(cls, __dataclass_params__=_PARAMS.setdefault(repr(params), params))


def _drop_stale_weakref(cls: type) -> None:
    """Python before 3.11.3 leaves the descriptor of the class without slots behind, and reading it raises TypeError."""
    found = cls.__dict__.get("__weakref__")
    if found is not None and found.__objclass__ is not cls:
        del cls.__weakref__  # type: ignore[attr-defined]


def _compared(cls: type) -> _Key:
    """From an object of this class to its fields that are compared. It is made at the first comparison."""
    key = _COMPARED[cls] = _key([each.name for each in dataclasses.fields(cls) if each.compare])
    return key


def _hashed(cls: type) -> _Key:
    fields = dataclasses.fields(cls)
    key = _HASHED[cls] = _key([each.name for each in fields if (each.compare if each.hash is None else each.hash)])
    return key


def _renewed(cls: type) -> tuple[Mapping[str, int], _Key]:
    """Return the place of each argument of `__init__`, none if not all fields are arguments that have a place."""
    fields = dataclasses.fields(cls)
    is_plain = all(each.init and not each.kw_only for each in fields)
    # Those of the class itself, and those that only `__init__` takes, are there, too.
    is_plain = is_plain and len(fields) == len(cls.__dict__.get("__dataclass_fields__", ()))
    names = [each.name for each in fields] if is_plain else []
    made = _RENEWED[cls] = ({name: place for place, name in enumerate(names)}, _key(names))
    return made


def _key(names: list[str]) -> _Key:
    # An attrgetter of a single name gives the value instead of a tuple.
    return attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names)


def _equal(self: object, other: object) -> Any:
    cls = self.__class__
    if other.__class__ is not cls:
        return NotImplemented
    key = _COMPARED.get(cls) or _compared(cls)
    return key(self) == key(other)


def _hash(self: object) -> int:
    cls = self.__class__
    return hash((_HASHED.get(cls) or _hashed(cls))(self))


@recursive_repr()
def _text(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_assignment(_self: object, name: str, _value: object) -> Never:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> Never:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
