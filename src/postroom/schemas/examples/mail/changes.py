"""Examples of changes, moves and deletions of messages."""

from __future__ import annotations

from typing import Final

CHANGE: Final = {"flags": {"add": ["\\Seen"], "delete": ["\\Flagged"]}}
CHANGED: Final = {"flags": {"add": True, "delete": True, "now": ["\\Answered", "\\Seen"]}}
MOVE: Final = {"path": "\\Archive"}
MOVED: Final = {"path": "Archive", "id": "AAAABAAAAAI", "uid": 2}
DELETED: Final = {"deleted": False, "moved": {"destination": "Trash", "message": "AAAABQAAAAM"}}
