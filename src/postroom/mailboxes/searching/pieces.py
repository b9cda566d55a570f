"""Cuts a search that names many messages into pieces that each fit into one command. Pure.

Servers limit a command line, many to 8,192 octets (RFC 7162 section 4). A set of numbers and a list of ids are cut,
because a message matches the whole search when it matches one of the pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from postroom.mailboxes.failures import UnsupportedSearchTerm
from postroom.mailboxes.searching.terms import SetKey, Terms

__all__ = ["LONGEST_LIST", "MOST_PIECES", "pieces"]

LONGEST_LIST: Final = 4_000
"""Octets of a set, or of a list of ids with their keys, in one command."""

MOST_PIECES: Final = 200

_KEY: Final = len("OR X-GM-MSGID  ")


def pieces(terms: Terms) -> list[Terms]:
    """Return searches of which a message matches at least one when it matches `terms`.

    Raises UnsupportedSearchTerm when there would be too many, or when a list is too long that cannot be cut.
    """
    for inner in (*terms.either, *terms.unlike):
        _check_inner(inner)
    sets = [[(key, each) for each in _cut(text.split(","), 1)] for key, text in terms.sets]
    ids = [None] if terms.email_ids is None else [tuple(each) for each in _parted(terms.email_ids, _KEY)]
    made = list(product(product(*sets), ids))
    if len(made) > MOST_PIECES:
        raise UnsupportedSearchTerm(f"The search would take {len(made)} commands, and {MOST_PIECES} are allowed", "uid")
    return [replace(terms, sets=chosen, email_ids=some) for chosen, some in made]


def _check_inner(terms: Terms) -> None:
    """Refuse long lists inside `or` and `not`, which cannot be cut."""
    for each in terms.all():
        long: list[SetKey | str] = [key for key, text in each.sets if len(text) > LONGEST_LIST]
        if sum(len(one) + _KEY for one in each.email_ids or ()) > LONGEST_LIST:
            long.append("emailIds")
        if long:
            raise UnsupportedSearchTerm(
                f"{long[0]!r} is too long inside 'or' and 'not': {LONGEST_LIST} characters are allowed", long[0]
            )


def _cut(parts: Sequence[str], around: int) -> Iterator[str]:
    return (",".join(each) for each in _parted(parts, around))


def _parted(parts: Sequence[str], around: int) -> Iterator[list[str]]:
    """Return the parts in lists that have at most the longest length, with so many octets around each; one at least."""
    some: list[str] = []
    used = 0
    for part in parts:
        if some and used + len(part) + around > LONGEST_LIST:
            yield some
            some, used = [], 0
        some.append(part)
        used += len(part) + around
    yield some
