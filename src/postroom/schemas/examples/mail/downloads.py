"""Examples of downloads: ids, and what an answer holds."""

from __future__ import annotations

from typing import Final

MESSAGE_ID: Final = "AAAAAQAAAGU"
"""Message 101 of the folder that has the number 1."""

ATTACHMENT_ID: Final = "AAAAAQAAAGUy"
"""Part 2 of that message."""

ATTACHMENT: Final = "(the content of the file)"
SOURCE: Final = "From: John Doe <user@example.com>\r\nSubject: Hello\r\n\r\nHello!\r\n"
