"""Examples of changes, moves and deletions of messages."""

from __future__ import annotations

from typing import Final

CHANGE: Final = {"flags": {"add": ["\\Seen"], "delete": ["\\Flagged"]}}
CHANGED: Final = {"flags": {"add": True, "delete": True, "now": ["\\Answered", "\\Seen"]}}
MOVE: Final = {"path": "\\Archive"}
MOVED: Final = {"path": "Archive", "id": "AAAABAAAAAI", "uid": 2}
DELETED: Final = {"deleted": False, "moved": {"destination": "Trash", "message": "AAAABQAAAAM"}}
CHANGE_FOUND: Final = {"search": {"unseen": True, "from": "news@example.com"}, "update": {"flags": {"add": ["\\Seen"]}}}
CHANGED_FOUND: Final = {"found": 12, "changed": 12, "flags": {"add": True}}
MOVE_FOUND: Final = {"search": {"before": "2025-01-01"}, "path": "\\Archive"}
MOVED_FOUND: Final = {
    "path": "Archive",
    "found": 2,
    "idMap": [["AAAAAQAAAAE", "AAAABAAAAAI"], ["AAAAAQAAAAc", "AAAABAAAAAM"]],
    "emailIds": ["M6d99ac3275bb4e", "M00000004f2d8a3"],
}
DELETE_FOUND: Final = {"search": {"from": "news@example.com", "before": "2025-01-01"}}
DELETED_FOUND: Final = {
    "deleted": False,
    "found": 1,
    "moved": {"destination": "Trash", "idMap": [["AAAAAQAAAAE", "AAAABQAAAAM"]]},
}
