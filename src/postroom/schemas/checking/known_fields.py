"""Knows the fields that a request may have, and guesses which of them an unknown field was meant to be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter

__all__ = ["FieldNames", "known_fields", "meant"]

FieldNames: TypeAlias = Mapping[str, "FieldNames"]
"""Each field with its inner fields, if it holds an object or a list of objects."""

_MOST: Final = 3
_SHORTEST_LIKENESS: Final = 3
_SHORTEST_BEGINNING: Final = 4
_SHORT: Final = 5

Path: TypeAlias = tuple[str, ...]


@cache
def known_fields(kind: Any) -> FieldNames:
    """Return the fields of a type that validates requests. The result is cached, because it takes a JSON schema."""
    schema = TypeAdapter(kind).json_schema()
    return _names(schema, schema.get("$defs", {}))


def _names(schema: Mapping[str, Any], shared: Mapping[str, Any], around: frozenset[str] = frozenset()) -> FieldNames:
    """Return the fields of a schema. A type inside itself has no fields there; `around` are the types around it."""
    if "$ref" in schema:
        kind = schema["$ref"].rpartition("/")[2]
        return {} if kind in around else _names(shared[kind], shared, around | {kind})
    if "properties" in schema:
        return {name: _names(field, shared, around) for name, field in schema["properties"].items()}
    if "items" in schema:
        return _names(schema["items"], shared, around)
    choices = (_names(choice, shared, around) for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())))
    return next((names for names in choices if names), {})


def meant(names: FieldNames, location: Sequence[str | int]) -> list[str]:
    """Return the dotted paths of known fields that the unknown field at `location` may stand for.

    Fields of the same name come first: beside it, one level below, one level above. Then come similar names, then
    fields anywhere. There are a few at most, and none when no name is similar.
    """
    wrong = _plain(str(location[-1]))
    here, above = _surroundings(names, location[:-1])
    beside = _inside(*here, depth=1)
    around = [path for path in _inside(*here, depth=2) if path not in beside] + _inside(*above, depth=1)
    # An unknown field in an item of a list was hardly meant for a field outside the list.
    in_list = len(location) > 1 and isinstance(location[-2], int)
    anywhere = [] if in_list else list(_walk((), names))
    tries: tuple[Callable[[], list[Path]], ...] = (
        lambda: [path for path in beside if _same(wrong, path[-1])],
        lambda: [path for path in around if _same(wrong, path[-1])],
        # `imapHost`, `imap.host`, `imap[host]`: the whole path as one name.
        lambda: [path for path in _walk(*here) if _same(wrong, "".join(path[len(here[0]) :]))],
        lambda: _nearest(wrong, beside),
        lambda: _nearest(wrong, around),
        lambda: [path for path in anywhere if _same(wrong, path[-1])],
        lambda: _nearest(wrong, anywhere),
    )
    found = next((paths for attempt in tries if (paths := attempt())), [])
    return [".".join(path) for path in found[:_MOST]]


def _surroundings(
    names: FieldNames, parents: Sequence[str | int]
) -> tuple[tuple[Path, FieldNames], tuple[Path, FieldNames]]:
    """Return the level of a field and the level above it, if there is one. An item number is only part of the path."""
    levels: list[tuple[Path, FieldNames]] = [((), names)]
    for part in parents:
        path, inside = levels[-1]
        if isinstance(part, int):
            levels[-1] = ((*path, str(part)), inside)
        else:
            levels.append(((*path, part), inside.get(part, {})))
    has_above = len(levels) > 1 and isinstance(parents[-1], str)
    return levels[-1], levels[-2] if has_above else ((), {})


def _inside(path: Path, names: FieldNames, *, depth: int) -> list[Path]:
    return [found for found in _walk(path, names) if len(found) - len(path) <= depth]


def _walk(path: Path, names: FieldNames) -> Iterator[Path]:
    for name, inside in names.items():
        yield (*path, name)
        yield from _walk((*path, name), inside)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


# The known fields are few and compared often, so their plain names are cached. Names from callers are not.
_plain_known = cache(_plain)


def _same(wrong: str, known: str) -> bool:
    """Say whether names differ only in case and punctuation; `wrong` is already plain."""
    return wrong == _plain_known(known) != ""


def _nearest(wrong: str, places: Sequence[Path]) -> list[Path]:
    near = [path for path in places if _near(wrong, _plain_known(path[-1]))]
    return sorted(near, key=lambda path: _slips(wrong, _plain_known(path[-1])))


def _near(one: str, other: str) -> bool:
    """Say whether one name is the beginning of the other, or differs by one or two typing errors."""
    short, long = sorted((one, other), key=len)
    if len(short) >= _SHORTEST_BEGINNING and long.startswith(short):
        return True
    allowed = 1 if len(short) <= _SHORT else 2
    return len(short) >= _SHORTEST_LIKENESS and len(long) - len(short) <= allowed >= _slips(short, long)


def _slips(one: str, other: str) -> int:
    """Return how many letters were added, left out, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
