"""Judges all that was found: which of it needs a person, how urgently, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from postroom.attention.facts import AllTroubles, EndpointTrouble, SendingGroup
from postroom.attention.failing import account_needs, accounts_at
from postroom.attention.need import About, Need, Urgency, in_order
from postroom.attention.providers import provider_name
from postroom.cluster.node import Node
from postroom.webhooks.model import TargetKind, kind_of

__all__ = ["SILENT_MS", "judge_all"]

SILENT_MS: Final = 7_500
"""A node that has missed this much of its heartbeats is silent. Others take its accounts a little later."""

_RESTORE: Final = (
    "Put the secret they were encrypted with into POSTROOM_PREVIOUS_SECRETS and start Postroom again, or send them "
    "anew. The command postroom doctor names each of them."
)


def judge_all(found: AllTroubles) -> tuple[Need, ...]:
    """Return everything that needs a person, in the order in which to read it."""
    return in_order(
        [
            *account_needs(found.stored.failing),
            *_nodes(found.nodes, found.stored.unattended),
            *_endpoints(found.stored.endpoints, found.now),
            *_sending(found),
            *(_secrets(place, count) for place, count in found.unreadable.items()),
            *_switched_off(found),
        ]
    )


def _nodes(nodes: Sequence[Node], unattended: int) -> Iterator[Need]:
    if not nodes:
        yield Need(
            Urgency.NOW,
            "No node runs, so no account is connected",
            "Start `postroom serve` on a machine.",
            About("nodes"),
        )
        return
    if unattended:
        words = "1 account waits" if unattended == 1 else f"{unattended:,} accounts wait"
        cure = "Look at the nodes: end the draining of one, or start another."
        yield Need(Urgency.NOW, f"{words} for a node that takes it", cure, About("nodes"), unattended)
    for node in nodes:
        if node.age > SILENT_MS:
            yield Need(
                Urgency.SOON,
                f"The node {node.id} is silent",
                "The other nodes take its accounts within seconds. Look at its machine and its way to the database.",
                About("nodes", node.id),
                since=node.heartbeat_at,
            )
    draining = [node for node in nodes if node.draining]
    if len(draining) == len(nodes):
        cure = "Nobody takes their accounts: end the draining of one, or start another node."
        yield Need(Urgency.SOON, "All nodes are draining", cure, About("nodes"), len(nodes))
    elif draining:
        what = f"The node {draining[0].id} is" if len(draining) == 1 else f"{len(draining)} nodes are"
        cure = "It takes no accounts until you stop it or end the draining."
        yield Need(Urgency.NOTE, f"{what} draining", cure, About("nodes"), len(draining))


def _endpoints(troubles: Sequence[EndpointTrouble], now: int) -> Iterator[Need]:
    """Yield one need for each endpoint. The accounts' own webhooks may be thousands, so they are told together."""
    own: list[EndpointTrouble] = []
    for each in troubles:
        if kind_of(each.id) is TargetKind.ACCOUNT:
            own.append(each)
        elif (need := _endpoint(each, now)) is not None:
            yield need
    failing = [each for each in own if not each.enabled or each.has_failed(now)]
    if len(failing) == 1 and (need := _endpoint(failing[0], now)) is not None:
        yield need
    elif failing:
        yield Need(
            Urgency.NOW,
            f"The own webhooks of {len(failing):,} accounts fail",
            "Look at the receivers that these accounts name; deliveries are tried again for days.",
            About("webhooks"),
            len(failing),
            min((each.failing_since for each in failing if each.failing_since is not None), default=None),
            failing[0].message or None,
        )


def _endpoint(each: EndpointTrouble, now: int) -> Need | None:
    name, about = each.name, About("webhooks", each.id)
    lost = f" {_deliveries(each.dead)} given up; replay them then." if each.dead else ""
    if not each.enabled:
        cure = f"Its server asked never to be called again. Enable it once the receiver is back.{lost}"
        return Need(Urgency.NOW, f"{name} was switched off", cure, about, said=each.message or None)
    if each.has_failed(now):
        cure = f"Repair the receiver. Deliveries wait in order and are tried again by themselves.{lost}"
        return Need(Urgency.NOW, f"{name} fails", cure, about, 1, each.failing_since, each.message or None)
    if each.dead:
        cure = "Look at what the receiver answered, repair it, and replay them before their events are removed."
        what = f"{_deliveries(each.dead)} given up at {name[0].lower()}{name[1:]}"
        return Need(Urgency.SOON, what, cure, About("deliveries", each.id), each.dead)
    return None


def _deliveries(count: int) -> str:
    return "1 delivery was" if count == 1 else f"{count:,} deliveries were"


def _sending(found: AllTroubles) -> Iterator[Need]:
    unknown = found.outbox.unknown
    if unknown:
        what = "1 message" if unknown == 1 else f"{unknown:,} messages"
        cure = (
            "The connection broke before the server answered. Look into the folder of sent mail or ask a recipient, "
            "then resolve each as sent or for another try."
        )
        yield Need(Urgency.NOW, f"{what} may or may not have been sent", cure, About("outbox", "unknown"), unknown)
    for group in found.stored.sending:
        yield _sending_group(group)


def _sending_group(group: SendingGroup) -> Need:
    where = accounts_at(group.count, provider_name(group.kind, group.host), group.example)
    about = About("account", group.example) if group.count == 1 else About("outbox", "queued")
    cure = group.advice or "Look at the words of the server."
    return Need(Urgency.NOW, f"{where} cannot send", cure, about, group.count, said=group.said)


def _secrets(place: str, count: int) -> Need:
    words = f"{count:,} stored secrets of {place}" if count != 1 else f"1 stored secret of {place}"
    return Need(Urgency.NOW, f"{words} cannot be opened", _RESTORE, About("secrets", place), count)


def _switched_off(found: AllTroubles) -> Iterator[Need]:
    if not found.webhooks_enabled:
        cure = "Events are kept in the log. Switch webhooks on in the settings to send them."
        yield Need(Urgency.NOTE, "Webhooks are switched off", cure, About("settings"))
    waiting = found.outbox.paused
    wait = "" if not waiting else " 1 message waits." if waiting == 1 else f" {waiting:,} messages wait."
    if found.sending_paused:
        yield Need(
            Urgency.NOTE, "Sending is paused for all accounts", f"Resume it in the outbox.{wait}", About("outbox")
        )
    elif found.stored.paused_lanes:
        count = found.stored.paused_lanes
        whose = "1 account" if count == 1 else f"{count:,} accounts"
        cure = f"Resume it at the account.{wait}"
        yield Need(Urgency.NOTE, f"Sending is paused for {whose}", cure, About("outbox", "queued"), count)
