"""Reads the machine-readable part of a report about deliveries (RFC 3464, 6533), and what programs make of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.mime.message import MessagePart
from postroom.mail.mime.transfer import decode_transfer
from postroom.mail.reports.parts import ReportParts, groups_of_fields
from postroom.mail.reports.values import ReportAction, ReportedRecipient
from postroom.mail.reports.words import Fields, address_of, code_in, field_text, status_in, typed

__all__ = ["MOST_RECIPIENTS", "DeliveryStatus", "read_delivery_status"]

MOST_RECIPIENTS: Final = 250
"""Recipients of one report that are read."""

_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
# Some gateways attach the fields as a file, or send them as text.
_LOOK: Final = 64 * 1024
_LOOKS_LIKE_IT: Final = re.compile(rb"^(?:Final|Original)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ACTIONS: Final = {each.value: each for each in ReportAction} | {
    "failure": ReportAction.FAILED,
    "fail": ReportAction.FAILED,
    "expired": ReportAction.FAILED,
    "delay": ReportAction.DELAYED,
    "transient": ReportAction.DELAYED,
    "success": ReportAction.DELIVERED,
}
_BY_CLASS: Final = {"2": ReportAction.DELIVERED, "4": ReportAction.DELAYED, "5": ReportAction.FAILED}


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """The fields about the whole message, and the recipients."""

    recipients: tuple[ReportedRecipient, ...]
    mta: str | None
    envelope_id: str | None


def read_delivery_status(parts: ReportParts) -> DeliveryStatus | None:
    """Return what the machine-readable part says, None when there is no such part or it names nobody."""
    for part in _candidates(parts):
        groups = groups_of_fields(part)
        recipients = tuple(_recipients(groups))
        if recipients:
            everything = groups[0]
            _, mta = typed(field_text(everything, "reporting-mta", "dsn-gateway"))
            return DeliveryStatus(recipients, mta, field_text(everything, "original-envelope-id"))
    return None


def _candidates(parts: ReportParts) -> Iterator[MessagePart]:
    yield from parts.of_type(*_TYPES)
    for leaf in parts.leaves:
        if leaf.type in ("text", "application") and _LOOKS_LIKE_IT.search(
            decode_transfer(leaf.raw[:_LOOK], leaf.encoding, cut=True)
        ):
            yield leaf


def _recipients(groups: Iterable[Fields]) -> Iterator[ReportedRecipient]:
    """The first group is about the whole message; programs that write no blank line put a recipient there, too."""
    seen: set[str] = set()
    for fields in groups:
        recipient = _recipient(fields)
        if recipient is not None and recipient.address.lower() not in seen:
            seen.add(recipient.address.lower())
            yield recipient
            if len(seen) == MOST_RECIPIENTS:
                return


def _recipient(fields: Fields) -> ReportedRecipient | None:
    final = address_of(field_text(fields, "final-recipient", "x-actual-recipient"))
    original = address_of(field_text(fields, "original-recipient"))
    address = final or original
    if address is None:
        return None
    source, said = typed(field_text(fields, "diagnostic-code", "x-display-diagnostic", "x-postfix-diagnostic"))
    told = status_in(field_text(fields, "status"))
    within = status_in(said)
    # `5.0.0` says nothing. The words of the server are often more exact.
    status = within if within is not None and (told is None or told.endswith(".0.0")) else told
    _, mta = typed(field_text(fields, "remote-mta", "x-remote-mta"))
    return ReportedRecipient(
        address, _action(fields, status), original, status, code_in(said), said, source if said else None, mta
    )


def _action(fields: Fields, status: str | None) -> ReportAction:
    words = (field_text(fields, "action") or "").split(maxsplit=1)
    named = _ACTIONS.get(words[0].strip("();,").lower()) if words else None
    return named or _BY_CLASS.get((status or "5")[0], ReportAction.FAILED)
