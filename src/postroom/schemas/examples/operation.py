"""Examples for the operator: health, nodes, statistics, metrics."""

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
METRICS: Final = 'postroom_accounts{state="connected",provider="Gmail"} 2.0\n'
STATS: Final[answers.Stats] = {
    "version": "0.1.0",
    "database": "postgresql",
    "accounts": 5000,
    "nodes": 2,
    "connections": {
        "init": 0,
        "connecting": 2,
        "syncing": 1,
        "connected": 4990,
        "authenticationError": 5,
        "connectError": 2,
        "disconnected": 0,
        "unset": 0,
        "paused": 0,
    },
    "queues": {
        "notify": {"waiting": 3, "oldestAge": 1},
        "submit": {"active": 1, "waiting": 0, "delayed": 2, "paused": 0, "unknown": 0, "oldestAge": 0},
    },
    "seconds": 3600,
    "counters": {
        "apiCall:success": 800,
        "apiCalls:success": 800,
        "deliveries:delivered": 1290,
        "deliveries:retry": 4,
        "events:messageDeleted": 40,
        "events:messageNew": 1250,
        "signIns:success": 12,
        "submissions:sent": 75,
        "submit:success": 75,
        "webhooks:fail": 4,
        "webhooks:success": 1290,
    },
}
LOG: Final = (
    '{"time":"2026-01-05T12:00:01.250Z","node":"mail-1-5f0c9a3e","session":"imap-9b1f07","protocol":"imap",'
    '"kind":"sent","text":"a1 LOGIN ******"}\n'
)
