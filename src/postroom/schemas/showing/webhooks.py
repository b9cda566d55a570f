"""Webhook endpoints and their deliveries as callers see them. Pure."""

from __future__ import annotations

from postroom.clock import iso
from postroom.schemas.showing.times import optional_time
from postroom.webhooks.views import DeliveryView, EndpointView
from postroom.words.masking import MASK, masked


def endpoint(view: EndpointView) -> dict[str, object]:
    """Return an endpoint. Secrets are shown as `******`."""
    config = view.config
    shown: dict[str, object] = {
        "id": view.id,
        "kind": view.kind.value,
        "url": view.url,
        "enabled": view.enabled,
        "created": optional_time(view.created_at),
        "updated": optional_time(view.updated_at),
        "failingSince": optional_time(view.failing_since),
        "pausedUntil": optional_time(view.paused_until),
        "lastError": view.last_error,
    }
    if config is not None:
        shown |= {
            "events": list(config.events) or ["*"],
            "accounts": list(config.accounts),
            "metadata": config.metadata,
            "customHeaders": [{"key": header.key, "value": masked(header.value)} for header in config.custom_headers],
            "description": config.description,
            "secret": MASK,
        }
    return shown


def delivery(view: DeliveryView) -> dict[str, object]:
    """Return one delivery and its state."""
    return {
        "id": view.id,
        "account": view.account,
        "event": view.type,
        "eventId": view.event_id,
        "state": view.state,
        "attempts": view.attempts,
        "created": iso(view.created_at),
        "attempted": optional_time(view.attempted_at),
        "finished": optional_time(view.finished_at),
        "status": view.last_status,
        "error": view.last_error,
    }
