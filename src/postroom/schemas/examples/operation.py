"""Examples for the operator: health, nodes, metrics."""

from __future__ import annotations

from typing import Final

from postroom.schemas.answers import operation as answers

HEALTHY: Final = {"success": True}
NODES: Final[answers.ClusterNodes] = {
    "nodes": [
        {
            "id": "mail-1-5f0c9a3e",
            "version": "0.1.0",
            "host": "mail-1",
            "since": "2026-01-05T09:30:00.000Z",
            "state": "active",
            "accounts": 5000,
            "lastHeartbeat": "2026-01-05T12:00:01.250Z",
            "load": {"cpu": 0.21, "memory": 412000000, "runners": 5000},
        }
    ]
}
NODE_DRAINING: Final[answers.NodeChanged] = {"id": "mail-1-5f0c9a3e", "state": "draining"}
NODE_ACTIVE: Final[answers.NodeChanged] = {"id": "mail-1-5f0c9a3e", "state": "active"}
LOG: Final = (
    '{"time":"2026-01-05T12:00:01.250Z","node":"mail-1-5f0c9a3e","session":"imap-9b1f07","protocol":"imap",'
    '"kind":"sent","text":"a1 LOGIN ******"}\n'
)
METRICS: Final = 'postroom_accounts{state="connected"} 2.0\n'
