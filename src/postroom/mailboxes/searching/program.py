"""Turns a search into the search program of a mail server, by what the server offers. Pure.

RFC 9051 section 6.4.4, with CONDSTORE (RFC 7162), OBJECTID (RFC 8474), and Gmail's X-GM-EXT-1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.commands.arguments import Chunks, MailboxName, words
from postroom.imap.commands.charsets import in_charset
from postroom.imap.commands.command import Composite, run
from postroom.imap.commands.multisearch import FoundInMailbox, MultiSearch
from postroom.imap.commands.search import Search, SearchResult, search_text
from postroom.imap.encode import Argument, Literal
from postroom.imap.errors import LocalProtocolError
from postroom.imap.names import encode_mailbox
from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import MissingExtension, UnsupportedSearchTerm
from postroom.mailboxes.searching.pieces import pieces
from postroom.mailboxes.searching.terms import FlagKey, Terms

__all__ = ["LONGEST_PROGRAM", "MOST_SEARCHES", "SearchProgram", "search_program"]

MOST_SEARCHES: Final = 200
"""Searches inside one search. Servers limit how deep and how long a command may be."""

LONGEST_PROGRAM: Final = 60_000
"""Octets of a search in one command. Dovecot ends a session whose command has more than 65,536."""

_MOST_DEEP: Final = 10
_LARGEST_SIZE: Final = 2**32 - 1
"""Octets. IMAP4rev1 knows no larger number, nor a larger message."""

_LARGEST_GMAIL_ID: Final = 2**64 - 1

_FLAGS: Final[dict[FlagKey, tuple[bytes, bytes]]] = {
    "answered": (b"UNANSWERED", b"ANSWERED"),
    "deleted": (b"UNDELETED", b"DELETED"),
    "draft": (b"UNDRAFT", b"DRAFT"),
    "flagged": (b"UNFLAGGED", b"FLAGGED"),
    "seen": (b"UNSEEN", b"SEEN"),
    "unseen": (b"SEEN", b"UNSEEN"),
}

_Keys = list[Chunks]
"""Search keys, each complete."""


@dataclass(frozen=True, slots=True)
class SearchProgram:
    """A search program in pieces, each for one command: a message matches when it matches one of them.

    `is_text` means that they hold literals in UTF-8. `by_structure` is not None when the server cannot say whether a
    message has attachments: then the messages found may match, and BODYSTRUCTURE decides which of them have attachments
    (True) or none (False).
    """

    pieces: tuple[tuple[Argument, ...], ...]
    is_text: bool
    by_structure: bool | None = None

    def command(self) -> Composite[UidSet | None]:
        """Return the operation that searches the folder that is open; its result is None if the server did not tell."""
        found: list[UidSet] = []
        for each in self.pieces:
            told: SearchResult = yield from (search_text(list(each)) if self.is_text else run(Search(list(each))))
            if told.uids is None:
                return None
            found.append(told.uids)
        return UidSet.joined(found)

    def everywhere(self, folders: tuple[bytes, ...]) -> Composite[dict[MailboxName, FoundInMailbox]]:
        """Return the operation that searches folders by one command for each piece (RFC 7377)."""
        found: dict[MailboxName, FoundInMailbox] = {}
        for piece in self.pieces:
            if self.is_text:
                told = yield from in_charset(partial(MultiSearch, folders), list(piece))
            else:
                told = yield from run(MultiSearch(folders, list(piece)))
            for name, each in told.items():
                before = found.get(name)
                uids = each.uids if before is None else before.uids | each.uids
                same = before is None or before.uidvalidity == each.uidvalidity
                found[name] = FoundInMailbox(each.uidvalidity if same else 0, uids)
        return found


def search_program(terms: Terms, capabilities: frozenset[str]) -> SearchProgram:
    """Return the program for a search.

    Raises MissingExtension for a term that needs an extension which the server does not offer, and
    UnsupportedSearchTerm for one that cannot be said.
    """
    _check_size(terms, 1)
    if sum(1 for _ in terms.all()) > MOST_SEARCHES:
        raise UnsupportedSearchTerm(f"A search cannot hold more than {MOST_SEARCHES} searches inside it", "or")
    decided = terms.has_attachment is None or supports(capabilities, GMAIL)
    may_have = not decided and terms.has_attachment is True
    said = tuple(_piece(each, capabilities, may_have=may_have) for each in pieces(terms))
    is_text = any(isinstance(each, Literal) and not each.data.isascii() for piece in said for each in piece)
    return SearchProgram(said, is_text, None if decided else terms.has_attachment)


def _piece(terms: Terms, capabilities: frozenset[str], *, may_have: bool) -> tuple[Argument, ...]:
    """Return the search keys for one command."""
    keys = _keys(terms, capabilities)
    if may_have:
        keys.append(_may_have_attachments())
    piece = tuple(words(*keys)) if keys else (b"ALL",)
    octets = sum(len(each.data if isinstance(each, Literal) else each) for each in piece)
    if octets > LONGEST_PROGRAM:
        raise UnsupportedSearchTerm(
            f"The search takes {octets} octets in the words of the mail server, and {LONGEST_PROGRAM} at most can be "
            "sent. Search with fewer or shorter terms",
            "search",
        )
    return piece


def _check_size(terms: Terms, depth: int) -> None:
    if depth > _MOST_DEEP:
        raise UnsupportedSearchTerm(f"A search cannot be nested more than {_MOST_DEEP} deep", "or")
    for inner in (*terms.either, *terms.unlike):
        _check_size(inner, depth + 1)


def _keys(terms: Terms, capabilities: frozenset[str]) -> _Keys:
    """Return the search keys of one search, except for `hasAttachment` where the server cannot answer it."""
    keys: _Keys = []
    for set_key, numbers in terms.sets:
        keys.append([numbers.encode()] if set_key == "seq" else [b"UID " + numbers.encode()])
    keys += [[_FLAGS[flag][wanted]] for flag, wanted in terms.flags]
    keys += [words(text_key.upper().encode(), _text(text_key, text)) for text_key, text in terms.texts]
    for number_key, number in terms.numbers:
        if number_key == "modseq":
            _need(capabilities, "modseq", "CONDSTORE")
        else:
            number = min(number, _LARGEST_SIZE)
        keys.append([number_key.upper().encode() + b" " + encode.number(number)])
    keys += [[day_key.upper().encode() + b" " + encode.date(day)] for day_key, day in terms.days]
    keys += [words(b"HEADER", _text("header", name), _text("header", text)) for name, text in terms.headers]
    keys += _identified(terms, capabilities)
    keys += _google(terms, capabilities)
    if terms.either:
        keys.append(_any([_inner(each, capabilities) for each in terms.either]))
    keys += [words(b"NOT", _inner(each, capabilities)) for each in terms.unlike]
    return keys


def _identified(terms: Terms, capabilities: frozenset[str]) -> _Keys:
    keys: _Keys = []
    if terms.email_id is not None:
        keys.append(_email_id("emailId", terms.email_id, capabilities))
    if terms.email_ids is not None:
        keys.append(_any([_email_id("emailIds", each, capabilities) for each in terms.email_ids]))
    if terms.thread_id is not None:
        keys.append(_object_id("threadId", terms.thread_id, (b"THREADID", b"X-GM-THRID"), capabilities))
    return keys


def _google(terms: Terms, capabilities: frozenset[str]) -> _Keys:
    keys: _Keys = []
    if terms.gmail_raw is not None:
        _need(capabilities, "gmailRaw", GMAIL)
        keys.append(words(b"X-GM-RAW", _text("gmailRaw", terms.gmail_raw)))
    for label, wanted in terms.labels:
        _need(capabilities, "labels", GMAIL)
        key = words(b"X-GM-LABELS", encode.string(_label(label)))
        keys.append(key if wanted else words(b"NOT", key))
    if terms.has_attachment is not None and supports(capabilities, GMAIL):
        keys.append([b'X-GM-RAW "has:attachment"' if terms.has_attachment else b'X-GM-RAW "-has:attachment"'])
    return keys


def _inner(terms: Terms, capabilities: frozenset[str]) -> Chunks:
    """Return a search inside another one as one search key."""
    if terms.has_attachment is not None and not supports(capabilities, GMAIL):
        raise UnsupportedSearchTerm(
            "This mail server cannot search for attachments, so 'hasAttachment' cannot stand inside 'or' or 'not'",
            "hasAttachment",
        )
    keys = _keys(terms, capabilities)
    if not keys:
        return [b"ALL"]
    return keys[0] if len(keys) == 1 else [b"(", *words(*keys), b")"]


def _any(keys: Sequence[Chunks]) -> Chunks:
    """Return one key that holds when one of these does. The halves keep the nesting flat."""
    if not keys:
        return [b"NOT ALL"]
    if len(keys) == 1:
        return keys[0]
    middle = len(keys) // 2
    return words(b"OR", _any(keys[:middle]), _any(keys[middle:]))


def _email_id(key: str, value: str, capabilities: frozenset[str]) -> Chunks:
    return _object_id(key, value, (b"EMAILID", b"X-GM-MSGID"), capabilities)


def _object_id(key: str, value: str, names: tuple[bytes, bytes], capabilities: frozenset[str]) -> Chunks:
    """Return the key for an id of OBJECTID, or else for one of Gmail, as the message object prefers them."""
    if supports(capabilities, "OBJECTID"):
        if not value.isascii() or not value.replace("-", "").replace("_", "").isalnum():
            raise UnsupportedSearchTerm(f"{key!r} is no id of this mail server: it has letters, digits, - and _", key)
        return [names[0] + b" " + value.encode()]
    if not supports(capabilities, GMAIL):
        raise MissingExtension(key, "OBJECTID")
    if not value.isascii() or not value.isdecimal() or int(value) > _LARGEST_GMAIL_ID:
        raise UnsupportedSearchTerm(f"{key!r} is no id of this mail server: its ids are numbers of 64 bits", key)
    return [names[1] + b" " + value.encode()]


def _need(capabilities: frozenset[str], key: str, extension: str) -> None:
    if not supports(capabilities, extension):
        raise MissingExtension(key, extension)


def _text(key: str, text: str) -> Argument:
    try:
        return encode.string(text)
    except LocalProtocolError as error:
        raise UnsupportedSearchTerm(f"{key!r} cannot be sent: {error}", key) from error


def _label(label: str) -> str:
    """Return a label as Gmail expects it, in modified UTF-7."""
    try:
        return encode_mailbox(label).decode("ascii")
    except LocalProtocolError as error:
        raise UnsupportedSearchTerm(f"'labels' cannot be sent: {error}", "labels") from error


def _may_have_attachments() -> Chunks:
    """Return a key for all messages that may have attachments: it leaves out those that are plainly one text."""
    return [
        b'OR HEADER "Content-Type" "multipart/" '
        b'OR NOT HEADER "Content-Type" "text/" HEADER "Content-Disposition" "attachment"'
    ]
