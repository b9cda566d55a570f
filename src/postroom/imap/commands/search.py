"""UID SEARCH (RFC 9051 section 6.4.4), answered by ESEARCH (RFC 4731) or by the older SEARCH."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.capabilities import supports
from postroom.imap.commands.arguments import Chunks, words
from postroom.imap.commands.charsets import charset_words, in_charset
from postroom.imap.commands.command import Composite, silent
from postroom.imap.errors import LocalProtocolError, RemoteProtocolError
from postroom.imap.limits import MOST_SEARCHED, LimitExceeded
from postroom.imap.responses import EsearchData, Response, SearchData, StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["Search", "SearchResult", "search_text"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the search found. `uids` may be None if ALL was not asked for, and so may the other values if they were not.

    `min` and `max` are also None when nothing was found. `modseq` is the highest of the messages found, if told.
    """

    uids: UidSet | None
    count: int | None = None
    min: int | None = None
    max: int | None = None
    modseq: int | None = None


@dataclass(slots=True, eq=False)
class Search:
    """Searches the selected mailbox. `criteria` is the encoded search program: `[b"ALL"]`, `words(b"UID", ...)`.

    `returns` are "ALL", "COUNT", "MIN", "MAX". They need ESEARCH; without it, they are computed here from the full
    answer. `charset` names the encoding of literals; it is left out when None, and always once UTF-8 is enabled.
    """

    criteria: Chunks = field(default_factory=lambda: [b"ALL"])
    returns: tuple[str, ...] = ("ALL",)
    charset: str | None = None
    _numbers: list[UidSet] = field(default_factory=list, init=False)
    _modseq: int | None = field(default=None, init=False)
    _extended: EsearchData | None = field(default=None, init=False)

    name = "UID SEARCH"
    states = SELECTED_STATES
    claims = frozenset({"SEARCH"})
    trigger = None

    def encode(self, capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        if not self.criteria or not self.returns:
            raise LocalProtocolError("a search needs criteria and something to return")
        command: Chunks = [b"UID SEARCH"]
        if supports(capabilities, "ESEARCH"):
            command = words(command, b"RETURN", encode.parenthesized(encode.atom(each) for each in self.returns))
        # Without parentheses, because several servers refuse `UID SEARCH (ALL)`.
        return words(command, *charset_words(self.charset, enabled), self.criteria)

    def accept(self, response: Response) -> bool:
        match response:
            case SearchData():
                if len(self._numbers) == MOST_SEARCHED:
                    raise LimitExceeded.of("lines in answer to one search", MOST_SEARCHED)
                self._numbers.append(response.numbers)
                self._modseq = response.modseq or self._modseq
            case EsearchData():
                self._extended = response
            case _:
                return False
        return True

    continuation = silent

    def result(self, _tagged: StatusResponse) -> SearchResult:
        if self._extended is not None:
            return self._from_esearch(self._extended)
        uids = UidSet.joined(self._numbers)
        return SearchResult(uids, len(uids), uids.min, uids.max, self._modseq)

    def _from_esearch(self, found: EsearchData) -> SearchResult:
        # An ESEARCH without ALL means that nothing was found (RFC 4731 section 3.1), unless it says otherwise.
        if found.all is None and "ALL" in self.returns and found.count:
            raise RemoteProtocolError(f"the server found {found.count} messages and did not say which")
        uids = found.all if found.all is not None else UidSet() if "ALL" in self.returns else None
        return SearchResult(uids, found.count, found.min, found.max, found.modseq)


def search_text(criteria: Chunks, returns: tuple[str, ...] = ("ALL",)) -> Composite[SearchResult]:
    """A search with UTF-8 literals in its criteria, in a charset that the server takes (see `in_charset`)."""
    return in_charset(lambda recoded, charset: Search(recoded, returns, charset), criteria)
