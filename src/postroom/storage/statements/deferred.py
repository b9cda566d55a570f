"""Statements that wait for the next one, so that all are one exchange with the server: changes, and questions.

PostgreSQL runs them as parts of one statement. Such parts do not see each other's changes, so statements that meet in a
table never share one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from postroom.storage.statements.plans import StatementPlan

__all__ = ["DeferredStatements", "Question", "answer", "joined_text"]

_PARAMETER: Final = re.compile(r"\$(\d+)")
# The driver keeps as many prepared for each connection, with those of single statements.
_KEPT: Final = 500
_JOINED: Final[dict[tuple[StatementPlan, ...], StatementPlan]] = {}


class Question:
    """A query that waits. `found` is what the driver found, None as long as it was not run."""

    __slots__ = ("found", "plan")

    def __init__(self, plan: StatementPlan) -> None:
        self.plan = plan
        self.found: Sequence[Sequence[Any]] | None = None


class DeferredStatements:
    """The statements of one transaction that wait. PostgreSQL runs them in an order of its own."""

    __slots__ = ("_asked", "_asked_with", "_changed_with", "_changes")

    def __init__(self) -> None:
        self.clear()

    def __bool__(self) -> bool:
        return bool(self._changes or self._asked)

    @property
    def asks(self) -> bool:
        """Whether a query waits."""
        return bool(self._asked)

    def add(self, plan: StatementPlan, arguments: Sequence[Any]) -> None:
        """Let a change wait. It meets nothing that waits already."""
        self._changes.append(plan)
        self._changed_with.extend(arguments)

    def ask(self, plan: StatementPlan, arguments: Sequence[Any]) -> Question:
        """Let a query wait. It meets nothing that waits already."""
        question = Question(plan)
        self._asked.append(question)
        self._asked_with.extend(arguments)
        return question

    def meets(self, plan: StatementPlan) -> bool:
        """Say whether a statement may name a table that a waiting change writes, or the other way round."""
        mine = plan.target
        if any(each.target in plan.text or (mine and mine in each.text) for each in self._changes if each.target):
            return True
        return mine is not None and any(mine in each.plan.text for each in self._asked)

    def take(self) -> tuple[StatementPlan, Sequence[Any], Sequence[Question]]:
        """Return all that wait as one statement, its arguments, and the questions that its rows answer."""
        changes, asked, arguments = self._changes, self._asked, [*self._changed_with, *self._asked_with]
        self.clear()
        plans = (*changes, *(each.plan for each in asked))
        return (plans[0] if len(plans) == 1 else _joined(plans, len(asked))), arguments, asked

    def clear(self) -> None:
        """Forget what waits."""
        self._changes: list[StatementPlan] = []
        self._changed_with: list[Any] = []
        self._asked: list[Question] = []
        self._asked_with: list[Any] = []


def answer(asked: Sequence[Question], found: Sequence[Sequence[Any]]) -> None:
    """Give each question its part of the rows that one statement returned."""
    if len(asked) == 1:
        asked[0].found = found
        return
    parts: list[list[Sequence[Any]]] = [[] for _ in asked]
    for number, row in found:
        parts[number].append(row)
    for question, rows in zip(asked, parts, strict=True):
        question.found = rows


def _joined(plans: tuple[StatementPlan, ...], asked: int) -> StatementPlan:
    found = _JOINED.get(plans)
    if found is None:
        if len(_JOINED) >= _KEPT:
            _JOINED.clear()
        text = joined_text([(each.text, each.width) for each in plans], asked)
        found = _JOINED[plans] = plans[-1].worded(text)
    return found


def joined_text(parts: Sequence[tuple[str, int]], asked: int = 1) -> str:
    """Return one statement of several, each given with the number of its parameters.

    The last `asked` are queries. The rows of several are the number of the query, and its row as one value.
    """
    texts, before = list[str](), 0
    for text, width in parts:
        texts.append(_moved(text, before))
        before += width
    # Without a query the last change is the statement itself.
    split = len(texts) - max(asked, 1)
    changes, last = texts[:split], texts[split:]
    if asked > 1:
        rows = (f"SELECT {n} AS part, q{n} AS row FROM ({text}) AS q{n}" for n, text in enumerate(last))  # noqa: S608
        last = [" UNION ALL ".join(rows)]
    if not changes:
        return last[0]
    return f"WITH {', '.join(f'part{n} AS ({text})' for n, text in enumerate(changes))} {last[0]}"


def _moved(text: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", text) if by else text
