"""LIST and LSUB (RFC 9051 section 6.3.9), with LIST-EXTENDED, SPECIAL-USE and LIST-STATUS where the server has them."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.capabilities import supports
from postroom.imap.commands.arguments import UTF8_EXTENSIONS, Chunks, words
from postroom.imap.commands.command import ALONE, Composite, run, silent
from postroom.imap.errors import CommandFailed
from postroom.imap.limits import MOST_FOLDERS, LimitExceeded
from postroom.imap.names import is_inbox
from postroom.imap.responses import ListData, Response, StatusData, StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["NOTHING_REFUSED", "List", "Listing", "list_mailboxes"]

NOTHING_REFUSED: Final[frozenset[str]] = frozenset()

_SUBSCRIBED: Final = "\\Subscribed"


@dataclass(frozen=True, slots=True)
class Listing:
    """Mailboxes in the server's order, with the counters the server told.

    `refused` names LIST extensions that the server advertises but refuses; callers remember them and pass them as
    `avoid` next time. `left_out` is the number of mailboxes listed beyond the most that were wanted.
    """

    mailboxes: tuple[ListData, ...]
    counters: tuple[StatusData, ...] = ()
    refused: frozenset[str] = NOTHING_REFUSED
    left_out: int = 0


@dataclass(slots=True, eq=False)
class List:
    r"""Lists mailboxes. `List("", "")` asks for the hierarchy delimiter alone.

    `returns` are return options ("SUBSCRIBED", "SPECIAL-USE"); `counters` are status items for each mailbox
    ("MESSAGES", "UIDNEXT"). Both need LIST-EXTENDED. `lsub` uses LSUB to list subscriptions. Only the first `most`
    mailboxes are kept; ten times as many raise LimitExceeded.
    """

    reference: str = ""
    pattern: str = "*"
    returns: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    lsub: bool = False
    most: int = MOST_FOLDERS
    _mailboxes: list[ListData] = field(default_factory=list, init=False)
    _told: list[StatusData] = field(default_factory=list, init=False)
    _left_out: int = field(default=0, init=False)

    states = AUTHENTICATED_STATES
    trigger = None

    @property
    def name(self) -> str:
        return "LSUB" if self.lsub else "LIST"

    @property
    def claims(self) -> frozenset[str] | None:
        # With counters it takes every STATUS response, so no other STATUS may be in flight.
        return ALONE if self.counters else frozenset({"LIST"})

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        utf8 = not UTF8_EXTENSIONS.isdisjoint(enabled)
        patterns = (encode.list_pattern(self.reference, utf8=utf8), encode.list_pattern(self.pattern, utf8=utf8))
        command = words(self.name.encode("ascii"), *patterns)
        options = [encode.atom(option) for option in self.returns]
        if self.counters:
            options.append(b"STATUS " + encode.parenthesized(encode.atom(item) for item in self.counters))
        return words(command, b"RETURN", encode.parenthesized(options)) if options else command

    def accept(self, response: Response) -> bool:
        match response:
            case ListData(lsub=lsub) if self.lsub or not lsub:
                self._add(response)
            case StatusData() if self.counters:
                # The counters of mailboxes that are left out have no use.
                if len(self._told) < self.most:
                    self._told.append(response)
            case _:
                return False
        return True

    def _add(self, mailbox: ListData) -> None:
        if len(self._mailboxes) < self.most:
            self._mailboxes.append(mailbox)
            return
        self._left_out += 1
        if self._left_out > 9 * self.most:
            raise LimitExceeded.of("folders", 10 * self.most)

    continuation = silent

    def result(self, _tagged: StatusResponse) -> Listing:
        return Listing(tuple(self._mailboxes), tuple(self._told), left_out=self._left_out)


def list_mailboxes(
    capabilities: frozenset[str],
    counters: tuple[str, ...] = (),
    avoid: frozenset[str] = frozenset(),
    most: int = MOST_FOLDERS,
) -> Composite[Listing]:
    r"""Every mailbox with its special use, subscription (`\Subscribed`) and counters, as far as supported.

    If the server refuses an extension that it advertises, the list is asked for again without it. Counters that the
    server cannot give with LIST are missing from the result. If the list omits INBOX, INBOX is asked for by name. Only
    the first `most` mailboxes are kept.
    """
    offered = capabilities - avoid
    returns = _return_options(offered)
    wanted = counters if supports(offered, "LIST-STATUS") else ()
    listing = yield from _list_as_far_as_possible(returns, wanted, most)
    if not any(is_inbox(mailbox.name) for mailbox in listing.mailboxes):
        listing = replace(listing, mailboxes=(*(yield from _inbox()), *listing.mailboxes))
    if "SUBSCRIBED" in returns and "LIST-EXTENDED" not in listing.refused:
        return listing
    return (yield from _with_subscriptions(listing, most))


def _inbox() -> Composite[tuple[ListData, ...]]:
    """INBOX, listed by name. Some servers refuse that, which does not spoil the list they gave before."""
    try:
        return (yield from run(List("", "INBOX"))).mailboxes
    except CommandFailed as refusal:
        if refusal.status == "BYE" or _is_temporary(refusal):
            raise
        return ()


def _return_options(capabilities: frozenset[str]) -> tuple[str, ...]:
    if not supports(capabilities, "LIST-EXTENDED"):
        return ()
    return ("SUBSCRIBED", "SPECIAL-USE") if "SPECIAL-USE" in capabilities else ("SUBSCRIBED",)


def _list_as_far_as_possible(returns: tuple[str, ...], counters: tuple[str, ...], most: int) -> Composite[Listing]:
    attempts = [(returns, counters, frozenset[str]())]
    if counters:
        attempts.append((returns, (), frozenset({"LIST-STATUS"})))
    if returns:
        attempts.append(((), (), frozenset({"LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE"})))
    for options, items, refused in attempts[:-1]:
        try:
            listing = yield from run(List(returns=options, counters=items, most=most))
        except CommandFailed as refusal:
            # Only a permanent refusal of the command's form is a reason to try another form.
            if refusal.status == "BYE" or _is_temporary(refusal):
                raise
        else:
            return replace(listing, refused=refused)
    options, items, refused = attempts[-1]
    listing = yield from run(List(returns=options, counters=items, most=most))
    return replace(listing, refused=refused)


def _is_temporary(refusal: CommandFailed) -> bool:
    # Exchange says so only in its text.
    if "throttl" in refusal.text.lower():
        return True
    return refusal.code is not None and refusal.code.name in ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED")


def _with_subscriptions(listing: Listing, most: int) -> Composite[Listing]:
    """The listing with the subscriptions that LSUB tells; unchanged when the server has no LSUB."""
    try:
        subscribed = yield from run(List(lsub=True, most=most))
    except CommandFailed as refusal:
        if refusal.status == "BYE":
            raise
        return listing
    names = {mailbox.name for mailbox in subscribed.mailboxes if "\\Noselect" not in mailbox.attributes}
    marked = tuple(
        replace(mailbox, attributes=mailbox.attributes | {_SUBSCRIBED}) if mailbox.name in names else mailbox
        for mailbox in listing.mailboxes
    )
    return replace(listing, mailboxes=marked)
