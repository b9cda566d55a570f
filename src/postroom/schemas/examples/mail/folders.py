"""Examples of folders."""

from __future__ import annotations

from typing import Final

FOLDERS: Final = {
    "mailboxes": [
        {
            "path": "INBOX",
            "name": "INBOX",
            "delimiter": "/",
            "parentPath": "",
            "listed": True,
            "subscribed": True,
            "noInferiors": False,
            "specialUse": "\\Inbox",
            "specialUseSource": "name",
            "messages": 214,
            "uidNext": 2213,
            "status": {"messages": 214, "unseen": 3},
        },
        {
            "path": "Clients/Müller",
            "name": "Müller",
            "delimiter": "/",
            "parentPath": "Clients",
            "listed": True,
            "subscribed": False,
            "noInferiors": False,
            "messages": 12,
            "uidNext": 13,
            "status": {"messages": 12, "unseen": 0},
        },
    ]
}
NEW_FOLDER: Final = {"path": ["Clients", "Müller"]}
FOLDER_CREATED: Final = {"path": "Clients/Müller", "created": True, "subscribed": True}
FOLDER_CHANGE: Final = {"path": "Clients/Müller", "newPath": ["Archive", "Müller"], "subscribed": False}
FOLDER_CHANGED: Final = {
    "path": "Clients/Müller",
    "newPath": "Archive/Müller",
    "renamed": True,
    "subscribed": False,
}
FOLDER_DELETED: Final = {"path": "Archive/Müller", "deleted": True}
