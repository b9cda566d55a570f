"""What a visitor wants to see of the mail of an account: read from a link, and written into links. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.lists.cursor import Cursor, read_cursor, write_cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.wanted import WantedMembers
from postroom.mailboxes.searching.terms import Terms
from postroom.web.dashboard.mail.paths import mail_path
from postroom.web.received import page_in

__all__ = ["INBOX", "PAGE_SIZE", "MailWish", "read_mail_wish"]

INBOX: Final = "INBOX"
PAGE_SIZE: Final = 30
_LONGEST_PATH: Final = 1024
_LONGEST_SEARCH: Final = 256
_MOST_WORDS: Final = 10
_SHOWN: Final = WantedMembers(
    frozenset(
        ("flags", "unseen", "flagged", "answered", "draft", "subject", "from", "to", "attachments", "date", "size")
    )
)


@dataclass(frozen=True, slots=True)
class MailWish:
    """The folder, the words that messages must have, and where the page begins: `cursor`, or a page's number."""

    account: str
    folder: str = INBOX
    words: str = ""
    cursor: str = ""
    page: int = 0

    @property
    def terms(self) -> Terms:
        """The search: every word must be somewhere in the message. Empty for all messages."""
        return Terms(texts=tuple(("text", word) for word in self.words.split()[:_MOST_WORDS]))

    def asked(self) -> PageAsked:
        """Return the page to read. Raises InvalidCursor."""
        start = read_cursor(self.cursor) if self.cursor else Cursor(self.page)
        return PageAsked(start, PAGE_SIZE, _SHOWN)

    @property
    def path(self) -> str:
        """The path of this list."""
        usual = self.folder == INBOX and not (self.words or self.cursor or self.page)
        page = str(self.page + 1) if self.page and not self.cursor else ""
        wanted = {"path": self.folder, "search": self.words, "cursor": self.cursor, "page": page}
        return mail_path(self.account, {} if usual else wanted)

    @property
    def first(self) -> str:
        """The path of the first page of this list."""
        return replace(self, cursor="", page=0).path

    @property
    def whole_folder(self) -> str:
        """The path of the folder without a search."""
        return self.in_folder(self.folder)

    def in_folder(self, folder: str) -> str:
        """Return the path of the first page of a folder."""
        return MailWish(self.account, folder).path

    def at(self, cursor: Cursor | None) -> str:
        """Return the path of the page at a cursor, nothing without one."""
        return replace(self, cursor=write_cursor(cursor), page=0).path if cursor is not None else ""


def read_mail_wish(account: str, sent: Mapping[str, str]) -> MailWish:
    """Return what a link asks for. Values that mean nothing are left out."""
    return MailWish(
        account,
        sent.get("path", "")[:_LONGEST_PATH] or INBOX,
        " ".join(sent.get("search", "")[:_LONGEST_SEARCH].split()),
        sent.get("cursor", ""),
        page_in(sent.get("page", "")),
    )
