"""Every limit on what one server may send, in one place.

Each limit is far above what an honest server sends and far below what would harm other accounts. Going beyond one
raises `LimitExceeded`, in whichever part of a session it is noticed.
"""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
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
"""Folders kept of one account, unless a setting says otherwise. Ten times as many end the session."""

LONGEST_NAME: Final = 2_000
"""Octets of a folder's name, both as the server writes it and in UTF-8. A PostgreSQL index entry holds 2,704."""

MOST_PARTS: Final = 120_000
"""Numbers and ranges in one set that a server writes. No question of ours has a longer answer."""

MOST_ILLEGIBLE: Final = 1_000
"""Illegible parts that are tolerated in one set."""

MOST_IN_ORDER: Final = 1_500_000
"""Numbers in an ascending SEARCH answer. A server without ESEARCH may list a whole mailbox."""

MOST_ENABLED: Final = 100
"""Extensions that a server may say are enabled. Any more are ignored."""

MOST_FLAGS: Final = 2_000
"""Flags read from one list, of a message or of a folder. Any more are ignored."""

LONGEST_CAPABILITIES: Final = 16 * 1024
"""Octets read from a list of capabilities. The longest known lists have 1,500."""

MOST_ID_PAIRS: Final = 30
"""Fields of a server's ID answer. RFC 2971 section 3.3 sets this number and the octets of a value."""

LONGEST_ID_VALUE: Final = 1_024

HELD_UNASKED: Final = 256 * 1024
"""Octets of an unfinished response that a connection may hold without a share of the node's memory."""

KEPT_UNASKED: Final = 8 * 1024 * 1024
"""Octets of collected answers that a command may hold without such a share."""

MOST_UNASKED: Final = 120_000
"""Unsolicited responses in a row. Another client may empty a folder of 100,000 messages during IDLE."""

UNASKED_PER_SECOND: Final = 1_000
"""Unsolicited responses per second that a server may send for as long as it likes."""

TEXT_PER_UNASKED: Final = 64
"""Octets of text for which an unsolicited response counts once more, so that a long one counts as several."""

LITERAL_PER_UNASKED: Final = 512
"""The same for octets of its literals, which cost less."""

KEPT_OF_LITERAL: Final = 256 * 1024
"""Octets kept of a literal when no command in flight asked for more. The rest is dropped as it arrives."""

DROPPED_PER_UNASKED: Final = 4096
"""Dropped octets that count as one unsolicited response."""

MOST_SEARCHED: Final = 1_000
"""Lines in the answer to one SEARCH. Nearly all servers need one."""


class LimitExceeded(RemoteProtocolError):
    """The server sent, or announced, more than any honest server does; the session is unusable."""

    @classmethod
    def of(cls, what: str, limit: int) -> LimitExceeded:
        """The error for more than `limit` of something, such as "folders" or "octets in one line"."""
        return cls(f"The server sent more than {limit:,} {what}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one session, in octets unless said otherwise."""

    max_numbers: int = 16 * 1024 * 1024
    """One line of nothing but numbers. A SEARCH answer of 1,500,000 ten-digit UIDs fits."""

    max_fetch: int = 2 * 1024 * 1024
    """The text of a FETCH response, without its literals. An ENVELOPE of 10,000 addresses takes about half of it."""

    max_line: int = 128 * 1024
    """The text of any other response, without its literals."""

    max_literal: int = 48 * 1024 * 1024
    """One literal. It is larger than any message part we ask for (a 25 MB attachment is 34 MB in base64)."""

    max_literals: int = 20_000
    """Literals of one response. Some servers send every name and address of an ENVELOPE as a literal."""

    max_response: int = 56 * 1024 * 1024
    """A whole response: one literal of the largest size, with room for the text and smaller literals."""

    max_depth: int = 2_000
    """Levels of parentheses. 500 nested MIME parts are absurd but readable; 10,000 levels are an attack."""

    max_items: int = 250_000
    """Tokens of one structured response. A To header of 10,000 addresses needs 80,000."""

    max_kept: int = 48 * 1024 * 1024
    """Octets of our memory that a command's collected answers may take, as `weight` estimates them."""


DEFAULT_LIMITS = Limits()
