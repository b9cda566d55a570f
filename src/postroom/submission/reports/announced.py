"""Which events `messageNew` are about reports, and what they tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from postroom.events.model import LoggedEvent, WantedEvents
from postroom.submission.reports.model import FoundReport, ReportTold

__all__ = ["WANTED", "found_in"]

WANTED: Final = WantedEvents(types=("messageNew",), members=('"isBounce":true', '"isComplaint":true'))
"""The events to read."""

_ELSEWHERE: Final = frozenset({"\\Sent", "\\Drafts", "\\Trash"})
"""Roles of folders in which a report has not just arrived: somebody has sent it on or thrown it away."""


def found_in(event: LoggedEvent) -> FoundReport | None:
    """Return the report that an event announces, None when it announces none."""
    body: Mapping[str, Any] = orjson.loads(event.payload)
    data: Mapping[str, Any] = body["data"]
    if not _ELSEWHERE.isdisjoint((body.get("specialUse"), data.get("messageSpecialUse"))):
        return None
    if data.get("isComplaint") is not True and data.get("isBounce") is not True:
        return None
    told = ReportTold(
        "complaint" if data.get("isComplaint") is True else "bounce",
        data["id"],
        data.get("subject", ""),
        data.get("from", {}).get("address"),
        data.get("inReplyTo"),
    )
    identity = data.get("stableId") or data.get("messageId") or data["id"]
    return FoundReport(event.account_key, event.account, identity, told)
