"""The filters of lists, as keywords that a page and the whole list share. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

__all__ = ["AccountFilters", "demand_known"]


class AccountFilters(TypedDict, total=False):
    """Which accounts: `query` is a text in id, name or address; `metadata` are pairs that they must have.

    `provider` is the host of the mail server, or the id of an OAuth2 application.
    """

    state: str | None
    health: str | None
    provider: str | None
    query: str | None
    metadata: Mapping[str, str] | None


def demand_known(given: Mapping[str, Any], kind: type) -> None:
    """Refuse a filter that the list does not have, because without it the list would be longer. Raises TypeError."""
    unknown = sorted(given.keys() - kind.__annotations__.keys())
    if unknown:
        raise TypeError(f"there is no filter {unknown[0]!r}; there are {', '.join(kind.__annotations__)}")
