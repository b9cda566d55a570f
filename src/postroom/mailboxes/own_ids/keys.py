"""Search keys and FETCH items for the mail server's own ids of messages and threads. Pure.

OBJECTID (RFC 8474) comes first where a server offers both extensions, as in message objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.responses import FetchData
from postroom.mail.identity.stable_ids import StableId

__all__ = ["message_item", "message_key", "own_thread", "thread_item", "thread_key", "threads_key"]

_OBJECTS: Final = "OBJECTID"
_LARGEST: Final = 2**64 - 1


def message_key(wanted: StableId, capabilities: frozenset[str]) -> bytes | None:
    """Return the search key for a message; None if this server cannot search for an id of this kind."""
    if wanted.email_id is not None and supports(capabilities, _OBJECTS):
        return b"EMAILID " + wanted.email_id.encode("ascii")
    if wanted.gmail is not None and supports(capabilities, GMAIL) and int(wanted.gmail) <= _LARGEST:
        return b"X-GM-MSGID " + wanted.gmail.encode("ascii")
    return None


def message_item(capabilities: frozenset[str]) -> str | None:
    """Return the FETCH item for the id of a message: EMAILID (RFC 8474), or Gmail's own. None without either."""
    if supports(capabilities, _OBJECTS):
        return "EMAILID"
    return "X-GM-MSGID" if supports(capabilities, GMAIL) else None


def thread_key(thread: str, capabilities: frozenset[str]) -> bytes | None:
    """Return the search key for a thread, given by an id as `read_thread_id` accepts it; None if it is not such an id.

    The ids of Gmail are numbers of 64 bits.
    """
    if thread.startswith("r."):
        return None
    if supports(capabilities, _OBJECTS):
        return b"THREADID " + thread.encode("ascii")
    if supports(capabilities, GMAIL) and thread.isdecimal() and 0 < int(thread) <= _LARGEST:
        return b"X-GM-THRID " + thread.encode("ascii")
    return None


def threads_key(threads: Sequence[str], capabilities: frozenset[str]) -> bytes:
    """Return the search key for any of these threads. The halves keep the nesting flat."""
    if len(threads) == 1:
        return thread_key(threads[0], capabilities) or b"NOT ALL"
    middle = len(threads) // 2
    return b"OR " + threads_key(threads[:middle], capabilities) + b" " + threads_key(threads[middle:], capabilities)


def thread_item(capabilities: frozenset[str]) -> str:
    """Return the FETCH item for the thread of a message, at a server that has ids of its own."""
    return "THREADID" if supports(capabilities, _OBJECTS) else "X-GM-THRID"


def own_thread(data: FetchData) -> str | None:
    """Return the server's own id of a message's thread, None if it told none."""
    return data.thread_id or (None if data.gm_thrid is None else str(data.gm_thrid))
