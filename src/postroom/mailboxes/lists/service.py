"""Lists the messages of a folder for callers, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.lists.page import MessagePage, PageAsked
from postroom.mailboxes.lists.paging import page_of_all
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits

__all__ = ["MessageLists"]


@dataclass(frozen=True, slots=True)
class MessageLists:
    """Lists the messages of a folder for callers, page by page."""

    visits: MailVisits

    async def page(self, account: str, path: str, asked: PageAsked, allowed: TimeAllowed) -> MessagePage:
        r"""Return a page of the messages in a folder, the newest first. `path` may be a role (`\Sent`).

        Raises what `MailVisits.folder` raises, InvalidCursor and IncompleteAnswer.
        """
        async with self.visits.folder(account, path, allowed, stays=True) as folder:
            page = await page_of_all(folder, asked)
            await mark_threads(self.visits.db, folder, page.messages, asked.wanted.names)
            return page
