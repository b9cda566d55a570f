"""How much of a server's words we are ready to hold: every limit on what one server may send, in one place.

Each is far above what an honest server sends and far below what harms the neighbours. What goes beyond one raises
`LimitExceeded`, wherever in a session it is noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from postroom.imap.errors import RemoteProtocolError

__all__ = [
    "DEFAULT_LIMITS",
    "DROPPED_PER_UNASKED",
    "HELD_UNASKED",
    "KEPT_OF_LITERAL",
    "KEPT_UNASKED",
    "LITERAL_PER_UNASKED",
    "LONGEST_CAPABILITIES",
    "LONGEST_ID_VALUE",
    "LONGEST_NAME",
    "MOST_ENABLED",
    "MOST_FLAGS",
    "MOST_FOLDERS",
    "MOST_ID_PAIRS",
    "MOST_ILLEGIBLE",
    "MOST_IN_ORDER",
    "MOST_PARTS",
    "MOST_SEARCHED",
    "MOST_UNASKED",
    "TEXT_PER_UNASKED",
    "UNASKED_PER_SECOND",
    "LimitExceeded",
    "Limits",
]

MOST_FOLDERS: Final = 10_000
"""Folders of one account that are taken note of, where nothing else is set; ten times as many end the session."""

LONGEST_NAME: Final = 2_000
"""Octets of a folder's name, as the server writes it and in UTF-8. An index of PostgreSQL takes 2,704."""

MOST_PARTS: Final = 120_000
"""Numbers and ranges of one set that a server writes: no question of ours has a longer answer."""

MOST_ILLEGIBLE: Final = 1_000
"""Those of them that are illegible."""

MOST_IN_ORDER: Final = 1_500_000
"""Those of an answer to SEARCH that ascend; a server without ESEARCH may list a whole mailbox."""

MOST_ENABLED: Final = 100
"""Extensions that a server says are enabled; beyond that nothing more is believed."""

MOST_FLAGS: Final = 2_000
"""Flags of one list that are read, of a message or of a folder; the others are passed over."""

LONGEST_CAPABILITIES: Final = 16 * 1024
"""Octets of a list of capabilities that are read: the longest known ones have 1,500."""

MOST_ID_PAIRS: Final = 30
"""What a server tells of itself; RFC 2971 section 3.3 sets this number, and that of the octets of a value."""

LONGEST_ID_VALUE: Final = 1_024

HELD_UNASKED: Final = 256 * 1024
"""Octets of a response that has begun, which a connection holds without asking for a share of the memory."""

KEPT_UNASKED: Final = 8 * 1024 * 1024
"""The same for what a command has collected."""

MOST_UNASKED: Final = 120_000
"""Responses in a row that no command had asked for: a folder of 100,000 messages may be emptied in IDLE."""

UNASKED_PER_SECOND: Final = 1_000
"""Such responses that a server may send without end."""

TEXT_PER_UNASKED: Final = 64
"""A longer response that nobody had asked for counts as several: once more for so many octets of its text."""

LITERAL_PER_UNASKED: Final = 512
"""The same for octets of its literals, which cost less."""

KEPT_OF_LITERAL: Final = 256 * 1024
"""Octets of a literal that are kept where no command in flight asked for more; the others are dropped as they come."""

DROPPED_PER_UNASKED: Final = 4096
"""So many octets that were dropped count as one response that nobody had asked for."""

MOST_SEARCHED: Final = 1_000
"""Lines in which a server answers one SEARCH: nearly all need one."""


class LimitExceeded(RemoteProtocolError):
    """The server sent, or announced, more than any honest server does; the session is of no more use."""

    @classmethod
    def of(cls, what: str, limit: int) -> LimitExceeded:
        """The error for more than `limit` of something, such as "folders" or "octets in one line"."""
        return cls(f"The server sent more than {limit:,} {what}")


@dataclass(frozen=True, slots=True)
class Limits:
    """In octets unless said otherwise."""

    max_numbers: int = 16 * 1024 * 1024
    """One line of nothing but numbers: a SEARCH answer of 1,500,000 ten-digit UIDs fits."""

    max_fetch: int = 2 * 1024 * 1024
    """The text of a FETCH, without its literals: an ENVELOPE of 10,000 addresses has about half of it."""

    max_line: int = 128 * 1024
    """The text of any other response, without its literals."""

    max_literal: int = 48 * 1024 * 1024
    """One literal: larger than any part of a message that is asked for (a 25 MB attachment is 34 MB in base64)."""

    max_literals: int = 20_000
    """Literals of one response: some servers write every name and address of an ENVELOPE as one."""

    max_response: int = 56 * 1024 * 1024
    """A whole response: one largest literal, and room for its text and smaller literals."""

    max_depth: int = 2_000
    """Levels of parentheses: 500 nested MIME parts are absurd but framed, 10,000 levels are an attack."""

    max_items: int = 250_000
    """Tokens of one structured response: a To header of 10,000 addresses needs 80,000."""

    max_kept: int = 48 * 1024 * 1024
    """What a command collects of its answers until it is done, in octets of our memory, as `weight` estimates them."""


DEFAULT_LIMITS = Limits()
