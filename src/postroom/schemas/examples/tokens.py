"""Examples of API tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.schemas.examples.accounts import ID

TOKEN_ID: Final = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"  # noqa: S105 - a public hash
NEW_TOKEN: Final = {
    "description": "For the address book",
    "scopes": ["api"],
    "account": ID,
    "expires": "2100-01-01T00:00:00.000Z",
    "restrictions": {
        "addresses": ["192.0.2.0/24", "2001:db8::/32"],
        "referrers": ["https://app.example.com/*"],
        "rateLimit": {"maxRequests": 100, "timeWindow": 60},
    },
}
ISSUED_TOKEN: Final = {"token": "0" * 64, "id": TOKEN_ID}
TOKEN: Final[Mapping[str, object]] = {
    "id": TOKEN_ID,
    **NEW_TOKEN,
    "created": "2025-01-01T00:00:00.000Z",
    "access": {"time": "2025-01-01T12:00:00.000Z", "ip": "192.0.2.7"},
    "ip": "192.0.2.7",
}
TOKENS: Final = {"total": 1, "page": 0, "pages": 1, "tokens": [TOKEN]}
REMOVED_TOKEN: Final = {"success": True, "id": TOKEN_ID, "deleted": True}
