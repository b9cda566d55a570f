"""Which share of the accounts a node may hold: how many it claims, how many it hands over. Pure.

Every node decides for itself, from the same rows. Nobody claims beyond the share, and nobody hands over below it, so
what one node gives away another has room for, and nothing goes back and forth. The share is rounded up: together the
shares hold all accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SLACK_ONE_IN = 20


@dataclass(frozen=True, slots=True)
class Member:
    """A live node: how many accounts it holds, and whether it gives them away.

    `accounts` is None for a version of Postroom that does not tell; it takes no part in the sharing.
    """

    node: str
    accounts: int | None
    draining: bool = False


def fair_share(members: Sequence[Member], free: int) -> int:
    """Return how many accounts each node that takes part may hold; `free` are those nobody holds. 0 when none does."""
    taking = sum(1 for each in members if each.accounts is not None and not each.draining)
    total = free + sum(each.accounts or 0 for each in members)
    return -(-total // taking) if taking else 0


def room(node: str, members: Sequence[Member], free: int) -> int:
    """Return how many more accounts this node may claim."""
    mine = _find(node, members)
    if mine is None or mine.accounts is None or mine.draining:
        return 0
    return min(free, max(0, fair_share(members, free) - mine.accounts))


def surplus(node: str, members: Sequence[Member], free: int) -> int:
    """Return how many accounts this node is to hand over.

    A node that drains hands over all, if there is anybody to take them. Any other begins when it holds noticeably more
    than its share (a twentieth, at least one), and goes on down to the share.
    """
    mine = _find(node, members)
    if mine is None or not mine.accounts:
        return 0
    if not any(each.accounts is not None and not each.draining for each in members):
        return 0
    if mine.draining:
        return mine.accounts
    share = fair_share(members, free)
    slack = max(1, share // _SLACK_ONE_IN)
    return mine.accounts - share if mine.accounts > share + slack else 0


def _find(node: str, members: Sequence[Member]) -> Member | None:
    return next((each for each in members if each.node == node), None)
