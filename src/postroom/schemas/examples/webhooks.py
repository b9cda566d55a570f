"""Examples of webhook endpoints and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.schemas.examples.accounts import ID

_ENDPOINT_ID: Final = "wh_0123456789abcdef01234567"
_ENDPOINT_SECRET: Final = "whsec_bm90LWEtc2VjcmV0LWp1c3QtYW4tZXhhbXBsZSE="  # noqa: S105 - an example
NEW_ENDPOINT: Final = {
    "url": "https://app.example.com/hooks/mail",
    "events": ["messageNew", "authenticationError"],
    "metadata": {"tenant": "42"},
    "customHeaders": [{"key": "X-Api-Key", "value": "key"}],
    "description": "The orders inbox",
}
ENDPOINT: Final[Mapping[str, object]] = {
    "id": _ENDPOINT_ID,
    "kind": "endpoint",
    "enabled": True,
    "created": "2025-01-01T00:00:00.000Z",
    "updated": "2025-01-01T00:00:00.000Z",
    "failingSince": None,
    "pausedUntil": None,
    "lastError": None,
    **NEW_ENDPOINT,
    "accounts": [],
    "customHeaders": [{"key": "X-Api-Key", "value": "******"}],
    "secret": "******",
}
MADE_ENDPOINT: Final = {**ENDPOINT, "secret": _ENDPOINT_SECRET}
ENDPOINTS: Final = {"webhooks": [ENDPOINT]}
ENDPOINT_DETAILS: Final = {
    **ENDPOINT,
    "deliveries": {"pending": 0, "delivered": 128, "dead": 1, "dropped": 0, "replayed": 0},
}
ENDPOINT_CHANGE: Final = {"enabled": True, "events": ["*"]}
REMOVED_ENDPOINT: Final = {"success": True, "id": _ENDPOINT_ID, "deleted": True}
ROTATION: Final = {"overlap": 3600}
ROTATED: Final = {"id": _ENDPOINT_ID, "secret": _ENDPOINT_SECRET, "overlap": 3600}
DELIVERIES: Final = {
    "total": 1,
    "page": 0,
    "pages": 1,
    "deliveries": [
        {
            "id": 77,
            "account": ID,
            "event": "messageNew",
            "eventId": "8a6f1c9e-4d1b-4a57-9a0e-2f4f0f0a7c11",
            "state": "dead",
            "attempts": 10,
            "created": "2025-01-01T12:00:00.000Z",
            "attempted": "2025-01-04T15:00:00.000Z",
            "finished": "2025-01-04T15:00:00.000Z",
            "status": 500,
            "error": "the endpoint answered 500",
        }
    ],
}
REPLAYED_DELIVERY: Final = {"success": True, "delivery": 77, "queued": True}
REPLAY: Final = {"since": "2025-01-01T00:00:00.000Z", "account": ID, "types": ["messageNew"]}
REPLAYED: Final = {"success": True, "queued": 12, "complete": True, "after": 4711}
TRIAL: Final = {
    "success": True,
    "status": 200,
    "code": None,
    "message": "delivered",
    "eventId": "8a6f1c9e-4d1b-4a57-9a0e-2f4f0f0a7c11",
}
