"""How much of a server's data about a message is kept. Pure.

Each limit is far above the figures of real messages.
"""

from __future__ import annotations

from typing import Final

MOST_FLAGS: Final = 100
"""Flags of one message, and as many labels. System flags come first, the others in order of name."""

LONGEST_FLAG: Final = 250
"""Characters of a flag or a label."""

MOST_ADDRESSES: Final = 10_000
"""Addresses of one header field."""

MOST_ATTACHMENTS: Final = 1_000
"""Attachments of one message."""

MOST_ATTACHED: Final = 32 * 1024 * 1024
"""Octets of attachments in one event. The last attachment may exceed it."""

MOST_TEXT_PARTS: Final = 100
"""Text parts of a message; an event carries no more."""

LONGEST_WORDS: Final = 10_000
"""Characters of a subject, a file name and similar values."""
