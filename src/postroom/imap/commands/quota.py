"""GETQUOTAROOT (RFC 9208 section 4.3.3): how much storage a mailbox's owner has, and how much is used."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks, MailboxName, mailbox_argument, words
from postroom.imap.commands.command import silent
from postroom.imap.responses import QuotaData, QuotaRootData, Response, StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["GetQuotaRoot"]


@dataclass(slots=True, eq=False)
class GetQuotaRoot:
    """Asks for the quotas of a mailbox. The result is empty when there are none."""

    mailbox: MailboxName
    _told: list[QuotaData] = field(default_factory=list, init=False)

    name = "GETQUOTAROOT"
    states = AUTHENTICATED_STATES
    claims = frozenset({"QUOTA"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        return words(b"GETQUOTAROOT", mailbox_argument(self.mailbox, enabled))

    def accept(self, response: Response) -> bool:
        if isinstance(response, QuotaData):
            self._told.append(response)
        return isinstance(response, QuotaData | QuotaRootData)

    continuation = silent

    def result(self, _tagged: StatusResponse) -> tuple[QuotaData, ...]:
        return tuple(self._told)
