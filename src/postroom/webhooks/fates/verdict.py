"""Says what became of an event at one endpoint: delivered, waiting and for what, given up, or not wanted and why. Pure.

`fate_of` judges values alone. Whether an endpoint wants an event is decided by the router (`Objection`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from postroom.clock import from_iso
from postroom.footprint.dataclass import dataclass
from postroom.webhooks.model import Objection, SendingState, TargetKind
from postroom.webhooks.views import DeliveryView, EndpointView, QueuePlace

_MOST_NAMES: Final = 30


class FateKind(StrEnum):
    """What became of an event."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    BEHIND = "behind"
    RETRYING = "retrying"
    PAUSED = "paused"
    GIVEN_UP = "given up"
    DROPPED = "dropped"
    REPLAYED = "replayed"
    OFF = "off"
    UNWANTED = "unwanted"
    TOO_NEW = "too new"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FateVerdict:
    """The verdict on one event at one endpoint. `text` is a sentence, `detail` another one with what it is about.

    `at` is when it happened, `next_at` when the next request is due (milliseconds since 1970). `said` are the words of
    the receiver. `behind` is the number of the event that it waits behind. `delivery` is its delivery, if it has one.
    """

    kind: FateKind
    text: str
    detail: str = ""
    at: int | None = None
    next_at: int | None = None
    said: str = ""
    behind: int | None = None
    delivery: int | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """The event that is judged. `is_routed` says that its deliveries have been made."""

    seq: int
    type: str
    at: int
    is_routed: bool


def fate_of(
    event: Announced, endpoint: EndpointView, objection: Objection | None, wanted: Iterable[str], now: int
) -> FateVerdict:
    """Return the verdict on an event that has no delivery at an endpoint.

    `wanted` are the types that the settings choose for the targets in them.
    """
    is_object = endpoint.kind is TargetKind.OBJECT
    if is_object and endpoint.created_at is not None and endpoint.created_at > event.at:
        detail = "“Send events again” on its page queues earlier events too."
        return FateVerdict(
            FateKind.TOO_NEW, "It did not exist yet when this was announced.", detail, endpoint.created_at
        )
    if objection is not None:
        return _unwanted(endpoint, objection, wanted)
    if not event.is_routed:
        return FateVerdict(FateKind.WAITING, "It is about to be queued.", at=now)
    text = "It did not want this event when it was announced. Its settings have changed since, or its history is gone."
    return FateVerdict(FateKind.CHANGED, text, "“Send events again” on its page would send it.", endpoint.updated_at)


def _unwanted(endpoint: EndpointView, objection: Objection, wanted: Iterable[str]) -> FateVerdict:
    config = endpoint.config
    if objection is Objection.TYPE:
        names = config.events if config is not None else wanted
        return FateVerdict(FateKind.UNWANTED, "It does not want events of this type.", f"It wants {_listed(names)}.")
    if objection is Objection.ACCOUNT and config is not None:
        return FateVerdict(
            FateKind.UNWANTED, "It wants events of other accounts.", f"It wants {_listed(config.accounts)}."
        )
    if objection is Objection.METADATA and config is not None:
        detail = f"It asks for {_listed(_pairs(config.metadata))}."
        return FateVerdict(FateKind.UNWANTED, "The account does not have the metadata that it asks for.", detail)
    if objection in (Objection.ENDPOINT_OFF, Objection.ASKED_NOT_TO):
        return _switched_off(endpoint)
    kind, text, detail = _PLAIN[objection]
    return FateVerdict(kind, text, detail)


def _switched_off(endpoint: EndpointView) -> FateVerdict:
    """Return the verdict of an endpoint that is off. A failure is left only if nobody switched it off by hand."""
    failure = endpoint.last_error
    if failure is None:
        return FateVerdict(FateKind.OFF, "The endpoint was switched off.", at=endpoint.updated_at)
    at = from_iso(failure["time"]) if "time" in failure else endpoint.updated_at
    return FateVerdict(FateKind.OFF, "The endpoint was switched off after failures.", at=at, said=failure["message"])


_PLAIN: Final[Mapping[Objection, tuple[FateKind, str, str]]] = {
    Objection.WEBHOOKS_OFF: (FateKind.OFF, "Webhooks are switched off.", "The setting is webhooksEnabled."),
    Objection.NO_URL: (FateKind.OFF, "It has no URL.", "The setting is webhooks."),
    Objection.OWN_URL: (FateKind.UNWANTED, "The account has a URL of its own, which gets its events instead.", ""),
    Objection.FOLDER: (
        FateKind.UNWANTED,
        "The message is not in the inbox, and new messages elsewhere are left out.",
        "The setting is inboxNewOnly.",
    ),
    Objection.ACCOUNT: (FateKind.UNWANTED, "It wants events of other accounts.", ""),
    Objection.METADATA: (FateKind.UNWANTED, "The account does not have the metadata that it asks for.", ""),
}


def fate_of_delivery(
    delivery: DeliveryView, place: QueuePlace | None, endpoint: EndpointView | None, now: int
) -> FateVerdict:
    """Return the verdict on a delivery. `place` is that of a pending one, `endpoint` is None when it is gone."""
    if delivery.state == SendingState.PENDING and place is not None:
        return _pending(delivery, place, endpoint, now)
    kind, text = _ended(delivery)
    said = "" if kind is FateKind.DELIVERED else delivery.last_error or ""
    return FateVerdict(kind, text, at=delivery.finished_at, said=said, delivery=delivery.id)


def _ended(delivery: DeliveryView) -> tuple[FateKind, str]:
    number = delivery.attempts
    if delivery.state == SendingState.DELIVERED:
        text = "Delivered." if number < 2 else f"Delivered with attempt {number}."
        return FateKind.DELIVERED, text
    if delivery.state == SendingState.DROPPED:
        return FateKind.DROPPED, "It was no longer wanted when its turn came."
    attempts = "before anything was sent" if not number else f"after {number} attempt{'' if number == 1 else 's'}"
    if delivery.state == SendingState.REPLAYED:
        return FateKind.REPLAYED, f"Given up {attempts}, and queued again later."
    return FateKind.GIVEN_UP, f"Given up {attempts}."


def _pending(delivery: DeliveryView, place: QueuePlace, endpoint: EndpointView | None, now: int) -> FateVerdict:
    said = delivery.last_error or "" if delivery.attempts else ""
    pause = endpoint.paused_until if endpoint is not None else None
    is_paused = pause is not None and pause > now
    due = max(place.due or now, pause or 0)
    if place.behind is not None:
        text = "Events of an account are sent in their order."
        return FateVerdict(FateKind.BEHIND, text, next_at=due, said=said, behind=place.behind, delivery=delivery.id)
    if place.is_held and not is_paused:
        return FateVerdict(FateKind.WAITING, "It is being sent.", at=now, said=said, delivery=delivery.id)
    if is_paused and endpoint is not None:
        words = endpoint.last_error["message"] if endpoint.last_error else said
        text = "The endpoint pauses after failures."
        return FateVerdict(
            FateKind.PAUSED, text, at=endpoint.failing_since, next_at=due, said=words, delivery=delivery.id
        )
    if delivery.attempts:
        text = f"Attempt {delivery.attempts} failed."
        return FateVerdict(
            FateKind.RETRYING, text, at=delivery.attempted_at, next_at=due, said=said, delivery=delivery.id
        )
    return FateVerdict(FateKind.WAITING, "It is the next of its account.", next_at=due, delivery=delivery.id)


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _MOST_NAMES} more" if len(found) > _MOST_NAMES else ""
    return (", ".join(found[:_MOST_NAMES]) or "none") + more


def _pairs(metadata: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in metadata.items()]
