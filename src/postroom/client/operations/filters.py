"""The filters of lists, as keywords that a page and the whole list share. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

__all__ = ["AccountFilters", "MessageFilters", "OutboxFilters", "demand_known"]


class AccountFilters(TypedDict, total=False):
    """Which accounts: `query` is a text in id, name or address; `metadata` are pairs that they must have.

    `provider` is the host of the mail server, or the id of an OAuth2 application.
    """

    state: str | None
    health: str | None
    provider: str | None
    query: str | None
    metadata: Mapping[str, str] | None


class MessageFilters(TypedDict, total=False):
    """Which messages of a folder, by their flags."""

    unseen: bool | None
    flagged: bool | None
    answered: bool | None
    draft: bool | None
    deleted: bool | None


class OutboxFilters(TypedDict, total=False):
    """Which submitted messages."""

    account: str | None
    state: str | None
    recipient: str | None
    since: datetime | str | None
    until: datetime | str | None


def demand_known(given: Mapping[str, Any], kind: type) -> Mapping[str, Any]:
    """Return the filters. Raises TypeError for one that the list does not have: without it more would be listed."""
    unknown = sorted(given.keys() - kind.__annotations__.keys())
    if unknown:
        raise TypeError(f"there is no filter {unknown[0]!r}; there are {', '.join(kind.__annotations__)}")
    return given
