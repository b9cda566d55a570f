"""Turns unsolicited responses of the server into hints about where to look. Pure.

News are hints, never facts: they may be late, repeated or incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.imap.names import normalise_inbox
from postroom.imap.responses import (
    ExistsData,
    ExpungeData,
    FetchData,
    ListData,
    StatusData,
    VanishedData,
)
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.sync.folder.plan import Told

NEWS_KEPT: Final = 1000
"""The number of news that a connection keeps; older ones are dropped."""

PathOf: TypeAlias = Callable[[StatusData], str | None]

News: TypeAlias = ExistsData | ExpungeData | VanishedData | FetchData | StatusData | ListData


@dataclass(frozen=True, slots=True)
class Hints:
    """Where to look.

    In the selected folder: `arrivals`, `gone` and `flags`. `uids` and `numbers` are the messages with changed flags, by
    UID or, if the server reported none, by sequence number. `too_many` means that some of them may have been dropped.
    `others` are counters of other folders by path; `folders` means that the list of folders changed.
    """

    arrivals: bool = False
    gone: bool = False
    flags: bool = False
    uids: UidSet = field(default_factory=UidSet)
    numbers: UidSet = field(default_factory=UidSet)
    others: dict[str, Told] = field(default_factory=dict)
    folders: bool = False
    too_many: bool = False

    @property
    def of_selected(self) -> bool:
        """Whether there is a hint about the selected folder."""
        return self.arrivals or self.gone or self.flags


def path_by_name(status: StatusData) -> str:
    """Return the path of the folder that a STATUS response is about, if no two names read alike."""
    return normalise_inbox(status.name)


def read_news(news: Sequence[News], path_of: PathOf = path_by_name) -> Hints:
    """Return the hints. Sequence numbers are as after the last of the news.

    `path_of` returns the path of the folder that a STATUS response is about, None if it is not listed.
    """
    too_many = len(news) >= NEWS_KEPT
    arrivals = gone = folders = False
    uids: set[int] = set()
    numbers: set[int] = set()
    others: dict[str, Told] = {}
    for each in news:
        match each:
            case ExistsData():
                arrivals = True
            case ExpungeData(seq=seq):
                gone = True
                # An EXPUNGE moves all later messages down by one (RFC 3501 section 7.4.1).
                numbers = {number - (number > seq) for number in numbers if number != seq}
            case VanishedData():
                gone = True
                # VANISHED has UIDs only, so the sequence numbers of the removed messages are unknown.
                numbers.clear()
            case FetchData(uid=int(uid)):
                uids.add(uid)
            case FetchData(seq=seq):
                numbers.add(seq)
            case StatusData():
                path = path_of(each)
                if path is None:
                    # An unknown folder.
                    folders = True
                else:
                    others[path] = told_by_status(each)
            case ListData():
                folders = True
    return Hints(
        arrivals,
        gone,
        bool(uids or numbers) or too_many,
        UidSet.from_iterable(uids),
        UidSet.from_iterable(number for number in numbers if 0 < number <= MAX_NUMBER),
        others,
        folders,
        too_many,
    )


def told_by_status(status: StatusData) -> Told:
    """Return the counters of a STATUS response; a missing, negative or too large one is None."""
    told = status.items.get
    return Told.of(told("UIDVALIDITY"), told("UIDNEXT"), told("HIGHESTMODSEQ"), told("MESSAGES"))
