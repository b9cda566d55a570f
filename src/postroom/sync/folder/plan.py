"""What to do about a folder, decided from what is stored and what the server says. Pure.

There are three ways to learn what became of known messages, and all lead to the same events. QRESYNC: the server tells
what changed and what vanished since a modification sequence (RFC 7162). CONDSTORE: it tells what changed; a count that
does not fit shows that something is gone, and a search finds out what. PLAIN: every flag is read again now and then,
and a search tells what is there. New messages are found by their UIDs in all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from postroom.imap.capabilities import supports
from postroom.imap.sets import MAX_NUMBER

CLOCK_SKEW = 900
"""Seconds by which a mail server's clock may be behind before new mail looks older than it is."""

TROUBLES_BORNE = 5
"""UIDVALIDITY changes in a row, after which a folder is left alone for a while."""

REFUSALS_BORNE = 3
"""Times in a row that a listed folder may refuse to be opened, likewise."""

_LARGEST = 2**63 - 1


class Way(Enum):
    """How the server tells what became of known messages."""

    QRESYNC = auto()
    CONDSTORE = auto()
    PLAIN = auto()


class Start(Enum):
    """How to begin with a folder."""

    FIRST = auto()
    """Nothing is stored: take what is there as known, but announce what is younger than `notifyFrom`."""
    AFRESH = auto()
    """The UIDs mean other messages now: take everything as known, announce nothing."""
    LOST = auto()
    """What was stored is gone or incomplete: likewise."""
    GO_ON = auto()
    """The stored cursor holds: everything from it on is new."""


class Changes(Enum):
    """How to learn which flags changed."""

    NONE = auto()
    SINCE = auto()
    """FETCH … (CHANGEDSINCE), with VANISHED where QRESYNC is enabled."""
    EVERY_FLAG = auto()
    """Read the flags of every message."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a folder.

    Every message below `uidnext` has been dealt with: `messages` are known, `missing` could not be fetched yet.
    Everything known is at least as new as `highestmodseq`. `counted` is how many messages the stored chunks really
    hold, `lost` that nothing was stored although there should have been something.
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
    """What the server says of a folder, by SELECT or STATUS; None (or a senseless 0) where it does not say."""

    uidvalidity: int | None = None
    uidnext: int | None = None
    highestmodseq: int | None = None
    messages: int | None = None

    @classmethod
    def of(cls, uidvalidity: int | None, uidnext: int | None, highestmodseq: int | None, messages: int | None) -> Told:
        """What the server says, without the numbers that cannot be: RFC 9051 section 9, RFC 7162 section 7."""
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
    """What to ask: for new messages, for changed flags, for which messages are still there."""

    arrivals: bool
    changes: Changes
    presence: bool

    @property
    def is_nothing(self) -> bool:
        """Everything is as it was."""
        return not self.arrivals and self.changes is Changes.NONE and not self.presence


def way_of(capabilities: frozenset[str], enabled: frozenset[str], *, trusts_modseq: bool = True) -> Way:
    """Choose the best way of a server; `trusts_modseq` is False for those whose numbers are known to be senseless."""
    if not trusts_modseq:
        return Way.PLAIN
    if "QRESYNC" in enabled:
        return Way.QRESYNC
    return Way.CONDSTORE if supports(capabilities, "CONDSTORE") else Way.PLAIN


def start(known: Known, told: Told) -> Start:
    """Decide how to begin with a folder. A server that tells no UIDVALIDITY now is taken at what it told before."""
    if known.lost or (known.counted is not None and known.counted != known.messages):
        return Start.LOST
    if known.uidnext is None:
        return Start.FIRST
    if told.uidvalidity and (known.uidvalidity or 0) != told.uidvalidity:
        return Start.AFRESH
    return Start.GO_ON


def decide(way: Way, known: Known, told: Told, *, scan_due: bool) -> Plan:
    """Choose the cheapest questions that leave nothing unnoticed.

    `scan_due`: the flags were last read as a whole so long ago that a server without mod-sequences must be asked again.
    """
    arrivals = told.uidnext is None or known.uidnext is None or told.uidnext > known.uidnext
    counts_differ = told.messages is not None and told.messages != known.messages + known.missing
    arrivals = arrivals or (counts_differ and (told.messages or 0) > known.messages + known.missing)
    now, before = told.highestmodseq, known.highestmodseq
    if way is Way.PLAIN or not now or now < 1:
        return Plan(arrivals, Changes.EVERY_FLAG if scan_due else Changes.NONE, scan_due or counts_differ)
    if not before or now < before:
        # A number that goes down, or the first one: nothing can be concluded from it but by reading everything.
        return Plan(arrivals, Changes.EVERY_FLAG, presence=True)
    return Plan(arrivals, Changes.SINCE if now > before else Changes.NONE, counts_differ)


def decide_live(way: Way, *, arrivals: bool, gone: bool, flags: bool, known: Known) -> Plan:
    """Choose the questions that follow from news of the selected folder: EXISTS, EXPUNGE or VANISHED, FETCH.

    Without mod-sequences the messages told of are asked about one by one, which is not this plan's matter.
    """
    if way is Way.PLAIN or not known.highestmodseq:
        return Plan(arrivals, Changes.NONE, gone)
    asks_since = flags or (gone and way is Way.QRESYNC)
    return Plan(arrivals, Changes.SINCE if asks_since else Changes.NONE, presence=False)


def counts_disagree(known: Known, exists: int) -> bool:
    """Say whether the folder holds another number of messages than is known of: then only a search can tell which."""
    return known.messages + known.missing != exists


def next_cursor(before: int | None, told: int | None, last_seen: int | None, *, complete: bool) -> int:
    """Return the cursor after new messages were taken in; it never moves back.

    The server's UIDNEXT is believed only when the folder's count shows that nothing is left unseen (`complete`).
    """
    return max(before or 1, (last_seen or 0) + 1, (told or 1) if complete else 1)


def is_news(internal_date: datetime | None, notify_from: int, *, witnessed: bool) -> bool:
    """Say whether a message is announced. `notify_from` is milliseconds since 1970.

    Internal dates have whole seconds only. `witnessed`: the message came while the folder was being watched, so a
    server clock that is behind may not hide it. A message without a legible date is announced when witnessed.
    """
    if internal_date is None:
        return witnessed
    limit = notify_from // 1000 - (CLOCK_SKEW if witnessed else 0)
    return internal_date.timestamp() >= limit


def search_day(notify_from: int) -> datetime:
    """Return the day to SEARCH SINCE: a day early, because the server reads it in its own time zone."""
    return datetime.fromtimestamp(notify_from / 1000 - 86_400, UTC)
