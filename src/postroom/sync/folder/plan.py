"""How to update a folder, decided from its stored state and the server's counters. Pure.

There are three ways to learn about changes of known messages, and all lead to the same events. QRESYNC: the server
reports which messages changed and vanished since a mod-sequence (RFC 7162). CONDSTORE: it reports the changed ones; if
the message count does not fit, some are gone, and a search finds out which. PLAIN: every flag is read again now and
then, and a search finds which messages exist. In all three, new messages are found by their UIDs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, auto

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports
from postroom.imap.sets import MAX_NUMBER

CLOCK_SKEW = 900
"""Seconds by which a mail server's clock may be slow without hiding new mail."""

TROUBLES_BORNE = 5
"""UIDVALIDITY changes in a row after which a folder is parked for a while."""

REFUSALS_BORNE = 3
"""Refusals in a row to open a listed folder after which it is parked for a while."""

_LARGEST = 2**63 - 1


class Way(Enum):
    """How the server reports changes of known messages."""

    QRESYNC = auto()
    CONDSTORE = auto()
    PLAIN = auto()


class Start(Enum):
    """How to begin with a folder."""

    FIRST = auto()
    """Nothing is stored. Store the present messages; announce those newer than `notifyFrom`."""
    AFRESH = auto()
    """The UIDs have a new meaning. Store the present messages; announce none."""
    LOST = auto()
    """The stored state is gone or incomplete. Store the present messages; announce none."""
    GO_ON = auto()
    """The stored cursor is valid: every message from it on is new."""


class Changes(Enum):
    """How to learn which flags changed."""

    NONE = auto()
    SINCE = auto()
    """FETCH … (CHANGEDSINCE), with VANISHED if QRESYNC is enabled."""
    EVERY_FLAG = auto()
    """Read the flags of every message."""


@dataclass(frozen=True, slots=True)
class Known:
    """The stored state of a folder.

    Every message below `uidnext` was handled: `messages` are known, `missing` could not be fetched yet. All known state
    is at least as new as `highestmodseq`. `counted` is the number of messages that the stored chunks really hold.
    `lost` means that nothing was stored although there should have been something.
    """

    uidvalidity: int | None = None
    uidnext: int | None = None
    highestmodseq: int | None = None
    messages: int = 0
    missing: int = 0
    counted: int | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The server's counters of a folder, from SELECT or STATUS; None (or a meaningless 0) if it does not report one."""

    uidvalidity: int | None = None
    uidnext: int | None = None
    highestmodseq: int | None = None
    messages: int | None = None

    @classmethod
    def of(cls, uidvalidity: int | None, uidnext: int | None, highestmodseq: int | None, messages: int | None) -> Told:
        """Return the counters without impossible numbers: RFC 9051 section 9, RFC 7162 section 7."""
        return cls(
            _within(uidvalidity, _LARGEST),
            _within(uidnext, MAX_NUMBER),
            _within(highestmodseq, _LARGEST),
            _within(messages, MAX_NUMBER),
        )


def _within(number: int | None, largest: int) -> int | None:
    return number if number is not None and 0 <= number <= largest else None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which questions to ask: about new messages, about changed flags, about which messages still exist."""

    arrivals: bool
    changes: Changes
    presence: bool

    @property
    def is_nothing(self) -> bool:
        """Whether nothing changed."""
        return not self.arrivals and self.changes is Changes.NONE and not self.presence


def way_of(capabilities: frozenset[str], enabled: frozenset[str], *, trusts_modseq: bool = True) -> Way:
    """Return the best way for a server; `trusts_modseq` is False for servers with unreliable mod-sequences."""
    if not trusts_modseq:
        return Way.PLAIN
    if "QRESYNC" in enabled:
        return Way.QRESYNC
    return Way.CONDSTORE if supports(capabilities, "CONDSTORE") else Way.PLAIN


def start(known: Known, told: Told) -> Start:
    """Decide how to begin with a folder. Without a UIDVALIDITY from the server, the stored one counts as unchanged."""
    if known.lost or (known.counted is not None and known.counted != known.messages):
        return Start.LOST
    if known.uidnext is None:
        return Start.FIRST
    if told.uidvalidity and (known.uidvalidity or 0) != told.uidvalidity:
        return Start.AFRESH
    return Start.GO_ON


def decide(way: Way, known: Known, told: Told, *, scan_due: bool) -> Plan:
    """Return the cheapest questions that miss no change.

    `scan_due` means that the last full reading of flags is so old that a server without mod-sequences must be asked
    again.
    """
    arrivals = told.uidnext is None or known.uidnext is None or told.uidnext > known.uidnext
    counts_differ = told.messages is not None and told.messages != known.messages + known.missing
    arrivals = arrivals or (counts_differ and (told.messages or 0) > known.messages + known.missing)
    now, before = told.highestmodseq, known.highestmodseq
    if way is Way.PLAIN or not now or now < 1:
        return Plan(arrivals, Changes.EVERY_FLAG if scan_due else Changes.NONE, scan_due or counts_differ)
    if not before or now < before:
        # A mod-sequence that went down, or the first one, allows no conclusion. Everything has to be read.
        return Plan(arrivals, Changes.EVERY_FLAG, presence=True)
    return Plan(arrivals, Changes.SINCE if now > before else Changes.NONE, counts_differ)


def decide_live(way: Way, *, arrivals: bool, gone: bool, flags: bool, known: Known) -> Plan:
    """Return the questions for news of the selected folder: EXISTS, EXPUNGE or VANISHED, FETCH.

    Without mod-sequences the reported messages are asked about one by one, which is not part of this plan.
    """
    if way is Way.PLAIN or not known.highestmodseq:
        return Plan(arrivals, Changes.NONE, gone)
    asks_since = flags or (gone and way is Way.QRESYNC)
    return Plan(arrivals, Changes.SINCE if asks_since else Changes.NONE, presence=False)


def counts_disagree(known: Known, exists: int) -> bool:
    """Return whether the folder holds a different number of messages than are known; only a search can find which."""
    return known.messages + known.missing != exists


def next_cursor(before: int | None, told: int | None, last_seen: int | None, *, complete: bool) -> int:
    """Return the cursor after new messages were added; it never moves back.

    The server's UIDNEXT is used only if the message count shows that none was missed (`complete`).
    """
    return max(before or 1, (last_seen or 0) + 1, (told or 1) if complete else 1)


def is_news(internal_date: datetime | None, notify_from: int, *, witnessed: bool) -> bool:
    """Return whether to announce a message. `notify_from` is milliseconds since 1970.

    Internal dates have whole seconds only. `witnessed` means that the message came while the folder was watched; then a
    slow server clock must not hide it. A message without a legible date is announced only if witnessed.
    """
    if internal_date is None:
        return witnessed
    limit = notify_from // 1000 - (CLOCK_SKEW if witnessed else 0)
    return internal_date.timestamp() >= limit


def search_day(notify_from: int) -> datetime:
    """Return the day for SEARCH SINCE: one day early, because the server uses its own time zone."""
    return datetime.fromtimestamp(notify_from / 1000 - 86_400, UTC)
