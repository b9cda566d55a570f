"""CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 sections 6.3.4 to 6.3.8)."""

from __future__ import annotations

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, MailboxName, group, mailbox_argument, words
from postroom.imap.commands.command import silent, takes_nothing
from postroom.imap.responses import StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["Create", "MailboxCommand", "delete_mailbox", "rename_mailbox", "subscribe", "unsubscribe"]


@dataclass(slots=True, eq=False)
class Create:
    r"""Creates a mailbox; the result is its MAILBOXID (RFC 8474), None when the server tells none.

    `special_use` (`\Sent`) needs CREATE-SPECIAL-USE (RFC 6154).
    """

    mailbox: MailboxName
    special_use: str | None = None

    name = "CREATE"
    states = AUTHENTICATED_STATES
    claims = frozenset[str]()
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        command = words(b"CREATE", mailbox_argument(self.mailbox, enabled))
        if self.special_use is None:
            return command
        return words(command, group([b"USE", encode.flag_list((self.special_use,))]))

    accept = takes_nothing
    continuation = silent

    def result(self, tagged: StatusResponse) -> str | None:
        if tagged.code is not None and tagged.code.name == "MAILBOXID" and tagged.code.arguments:
            return str(tagged.code.arguments[0])
        return None


@dataclass(slots=True, eq=False)
class MailboxCommand:
    """A command with mailboxes as arguments and no result but success or failure."""

    name: str
    mailboxes: tuple[MailboxName, ...]

    states = AUTHENTICATED_STATES
    claims = frozenset[str]()
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        return words(encode.atom(self.name), *(mailbox_argument(mailbox, enabled) for mailbox in self.mailboxes))

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None


def delete_mailbox(mailbox: MailboxName) -> MailboxCommand:
    """DELETE: removes a mailbox and its messages."""
    return MailboxCommand("DELETE", (mailbox,))


def rename_mailbox(old: MailboxName, new: MailboxName) -> MailboxCommand:
    """RENAME: also renames all mailboxes below it. Renaming INBOX moves only its messages."""
    return MailboxCommand("RENAME", (old, new))


def subscribe(mailbox: MailboxName) -> MailboxCommand:
    """SUBSCRIBE: adds a mailbox to those that mail programs show."""
    return MailboxCommand("SUBSCRIBE", (mailbox,))


def unsubscribe(mailbox: MailboxName) -> MailboxCommand:
    """UNSUBSCRIBE: removes a mailbox from those that mail programs show."""
    return MailboxCommand("UNSUBSCRIBE", (mailbox,))
