"""Examples of the run-time settings."""

from __future__ import annotations

from typing import Final

SETTINGS: Final = {
    "webhooksEnabled": True,
    "webhooks": "https://app.example.com/hooks",
    "webhookEvents": ["*"],
    "serviceSecret": True,
}
SETTINGS_CHANGE: Final = {
    "webhooksEnabled": True,
    "webhooks": "https://app.example.com/hooks",
    "webhookEvents": ["messageNew", "authenticationError"],
    "webhooksCustomHeaders": [{"key": "X-Api-Key", "value": "key"}],
}
UPDATED: Final = {"updated": ["webhooksEnabled", "webhooks", "webhookEvents", "webhooksCustomHeaders"]}
