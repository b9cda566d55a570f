"""ESEARCH in several mailboxes at once (MULTISEARCH, RFC 7377), without selecting them."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks, MailboxName, group, mailbox_argument, words
from postroom.imap.commands.charsets import charset_words
from postroom.imap.commands.command import silent
from postroom.imap.errors import LocalProtocolError
from postroom.imap.limits import MOST_SEARCHED, LimitExceeded
from postroom.imap.names import decode_mailbox, normalise_inbox
from postroom.imap.responses import EsearchData, Response, StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["FoundInMailbox", "MultiSearch"]


@dataclass(frozen=True, slots=True)
class FoundInMailbox:
    """The messages found in one mailbox. The UIDs hold for this UIDVALIDITY, 0 when the server did not tell it."""

    uidvalidity: int
    uids: UidSet


@dataclass(slots=True, eq=False)
class MultiSearch:
    """Searches mailboxes. Its result has, by the name asked for, those in which messages were found.

    A server answers nothing about a mailbox without a match, and nothing about one that it cannot search. What it
    answers about mailboxes not asked for is left out.
    """

    mailboxes: tuple[MailboxName, ...]
    criteria: Chunks
    charset: str | None = None
    _told: list[EsearchData] = field(default_factory=list, init=False)

    name = "ESEARCH"
    states = AUTHENTICATED_STATES
    claims = frozenset({"SEARCH"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        if not self.mailboxes or not self.criteria:
            raise LocalProtocolError("a search needs mailboxes and criteria")
        names = group(mailbox_argument(each, enabled) for each in self.mailboxes)
        command = words(b"ESEARCH IN", [b"(mailboxes ", *names, b")"], b"RETURN (ALL)")
        return words(command, *charset_words(self.charset, enabled), self.criteria)

    def accept(self, response: Response) -> bool:
        if not isinstance(response, EsearchData):
            return False
        if len(self._told) == len(self.mailboxes) + MOST_SEARCHED:
            raise LimitExceeded.of("lines in answer to one search", len(self._told))
        self._told.append(response)
        return True

    continuation = silent

    def result(self, _tagged: StatusResponse) -> dict[MailboxName, FoundInMailbox]:
        asked = {_plain(each): each for each in self.mailboxes}
        found: dict[MailboxName, FoundInMailbox] = {}
        for each in self._told:
            name = None if each.mailbox is None else asked.get(normalise_inbox(each.mailbox))
            if name is None or not each.all:
                continue
            uidvalidity, before = each.uidvalidity or 0, found.get(name)
            same = before is not None and before.uidvalidity == uidvalidity
            uids = before.uids | each.all if before is not None and same else each.all
            found[name] = FoundInMailbox(uidvalidity, uids)
        return found


def _plain(name: MailboxName) -> str:
    return normalise_inbox(decode_mailbox(name) if isinstance(name, bytes) else name)
