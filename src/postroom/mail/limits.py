"""How much of what a server says of a message is kept. Pure.

Each bound is far above what an honest server tells of a real message.
"""

from __future__ import annotations

from typing import Final

MOST_FLAGS: Final = 100
"""Flags of one message, and as many labels; system flags come first, the others by their names."""

LONGEST_FLAG: Final = 250
"""Characters of a flag or a label."""

MOST_ADDRESSES: Final = 10_000
"""Addresses of one header field."""

MOST_ATTACHMENTS: Final = 1_000
"""Attachments of one message."""

MOST_ATTACHED: Final = 32 * 1024 * 1024
"""Octets of attachments in one event, and what the last of them has beyond that."""

MOST_TEXT_PARTS: Final = 100
"""Parts of a message that are text to read; an event carries no more of them."""

LONGEST_WORDS: Final = 10_000
"""Characters of a subject, a file name and the like."""
