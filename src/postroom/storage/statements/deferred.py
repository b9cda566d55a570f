"""Changes that wait for the next statement, so that both are one exchange with the server.

PostgreSQL runs them as parts of one statement (WITH). Such parts do not see each other's changes, so statements that
meet in a table never share one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from postroom.storage.statements.plans import StatementPlan

__all__ = ["DeferredChanges", "joined_text"]

_PARAMETER: Final = re.compile(r"\$(\d+)")
# The driver keeps as many prepared for each connection, with those of single statements.
_KEPT: Final = 500
_JOINED: Final[dict[tuple[StatementPlan, ...], StatementPlan]] = {}


class DeferredChanges:
    """The changes of one transaction that wait. PostgreSQL runs them in an order of its own."""

    __slots__ = ("_arguments", "_plans")

    def __init__(self) -> None:
        self._plans: list[StatementPlan] = []
        self._arguments: list[Any] = []

    def __bool__(self) -> bool:
        return bool(self._plans)

    def add(self, plan: StatementPlan, arguments: Sequence[Any]) -> None:
        """Let a change wait. It meets none of those that wait already."""
        self._plans.append(plan)
        self._arguments.extend(arguments)

    def meets(self, plan: StatementPlan) -> bool:
        """Say whether a statement may name a table that a waiting change writes, or the other way round."""
        mine = plan.target
        return any(each.target in plan.text or (mine and mine in each.text) for each in self._plans if each.target)

    def take(self, last: StatementPlan | None = None, its: Sequence[Any] = ()) -> tuple[StatementPlan, Sequence[Any]]:
        """Return all that wait as one statement, and its arguments. If `last` is given, it has the rows of that."""
        plans = (*self._plans, last) if last is not None else tuple(self._plans)
        arguments = [*self._arguments, *its]
        self.clear()
        return (plans[0] if len(plans) == 1 else _joined(plans)), arguments

    def clear(self) -> None:
        """Forget what waits."""
        self._plans, self._arguments = [], []


def _joined(plans: tuple[StatementPlan, ...]) -> StatementPlan:
    found = _JOINED.get(plans)
    if found is None:
        if len(_JOINED) >= _KEPT:
            _JOINED.clear()
        found = _JOINED[plans] = plans[-1].worded(joined_text([(each.text, each.width) for each in plans]))
    return found


def joined_text(parts: Sequence[tuple[str, int]]) -> str:
    """Return one statement of several, each given with the number of its parameters. The last one gives the rows."""
    texts, before = list[str](), 0
    for text, width in parts:
        texts.append(_moved(text, before))
        before += width
    return f"WITH {', '.join(f'part{n} AS ({text})' for n, text in enumerate(texts[:-1]))} {texts[-1]}"


def _moved(text: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", text) if by else text
