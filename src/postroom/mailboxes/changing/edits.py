r"""What a caller changes about the flags or labels of messages, and whether the server's answers show it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import and_
from typing import Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.mail.flags import SYSTEM_FLAGS

__all__ = ["Edit", "Effect", "all_effects", "effect", "unkept"]

How: TypeAlias = Literal["+", "-", ""]
"""The ways of STORE: add, remove, replace."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Flags or labels to add and to delete, or to `replace` all others with. None where nothing was asked for.

    With `replace`, the other two have no effect.
    """

    add: tuple[str, ...] | None = None
    delete: tuple[str, ...] | None = None
    replace: tuple[str, ...] | None = None

    @property
    def steps(self) -> list[tuple[How, tuple[str, ...]]]:
        """The STORE commands that this takes, in order."""
        if self.replace is not None:
            return [("", self.replace)]
        steps: list[tuple[How, tuple[str, ...]]] = [("+", self.add or ()), ("-", self.delete or ())]
        return [(how, names) for how, names in steps if names]

    @property
    def wanted(self) -> frozenset[str]:
        """The names that messages are to have afterwards, without case."""
        if self.replace is not None:
            return _folded(self.replace)
        return _folded(self.add or ()) - _folded(self.delete or ())


@dataclass(frozen=True, slots=True)
class Effect:
    """Whether each operation took effect; None for an operation that was not asked for, or that `replace` overrode."""

    add: bool | None = None
    delete: bool | None = None
    replace: bool | None = None

    def __and__(self, other: Effect) -> Effect:
        """Whether each operation took effect in both cases."""
        return Effect(_both(self.add, other.add), _both(self.delete, other.delete), _both(self.replace, other.replace))


def effect(edit: Edit, now: Collection[str] | None) -> Effect:
    r"""Compare what was asked for with the names that a message has now; None when it is unknown.

    A name that is to be added and deleted is deleted. `\Recent` is not compared, because no client can change it.
    """
    has = _folded(now or ()) - {"\\recent"}
    known = now is not None
    if edit.replace is not None:
        return Effect(replace=known and has == edit.wanted)
    return Effect(
        None if edit.add is None else known and edit.wanted <= has,
        None if edit.delete is None else known and has.isdisjoint(_folded(edit.delete)),
    )


def all_effects(edit: Edit, messages: Iterable[Collection[str] | None]) -> Effect:
    """Whether each operation took effect on all these messages; true when there are none."""
    return reduce(and_, (effect(edit, now) for now in messages), effect(edit, edit.wanted))


def unkept(edit: Edit, permanent: Collection[str] | None) -> list[str]:
    r"""Return the flags that a folder would forget: PERMANENTFLAGS names neither them nor `\*` (RFC 9051 section 7.1).

    A server that tells no PERMANENTFLAGS keeps all flags, as does one that tells `\*`. But none keeps a system flag
    that does not exist, such as `\Sean`.
    """
    asked = edit.replace if edit.replace is not None else (edit.add or ())
    takes_keywords = permanent is None or "\\*" in permanent
    kept = _folded(permanent or ()) | (SYSTEM_FLAGS.keys() if takes_keywords else frozenset())
    lost = {flag for flag in edit.wanted - kept if flag.startswith("\\") or not takes_keywords}
    return [flag for flag in dict.fromkeys(asked) if flag.lower() in lost]


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _both(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one and other
