"""Computes a node's share of the accounts: how many it may claim, and how many it hands over. Pure.

Every node decides for itself, from the same rows. No node claims beyond its share, and none hands over below it. So
another node has room for the accounts handed over, and accounts do not move back and forth. The share is rounded up, so
the shares together hold all accounts.
"""

from __future__ import annotations

from collections.abc import Sequence

from postroom.footprint.dataclass import dataclass

_SLACK_ONE_IN = 20


@dataclass(frozen=True, slots=True)
class Member:
    """A live node: how many accounts it holds, and whether it hands them over.

    `accounts` is None for a version of Postroom that does not report it; such a node takes no part in the sharing.
    """

    node: str
    accounts: int | None
    draining: bool = False


def fair_share(members: Sequence[Member], free: int) -> int:
    """Return how many accounts each participating node may hold, 0 without such a node; `free` have no owner."""
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
    """Return how many accounts this node shall hand over.

    A draining node hands over all, if another node can take them. Any other node begins when it exceeds its share by
    more than a twentieth (at least one account), and hands over down to the share.
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
