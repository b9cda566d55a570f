"""Lists the messages of a folder for callers, page by page."""

from __future__ import annotations

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import IncompleteAnswer, InvalidCursor, ServerRefused
from postroom.mailboxes.lists.page import MessagePage, PageAsked
from postroom.mailboxes.lists.paging import page_of_all
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import FolderVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["MessageLists"]


@dataclass(frozen=True, slots=True)
class MessageLists:
    """Lists the messages of a folder for callers, page by page."""

    visits: MailVisits

    async def page(self, account: str, path: str, asked: PageAsked, allowed: TimeAllowed) -> MessagePage:
        r"""Return a page of the messages in a folder, the newest first. `path` may be a role (`\Sent`).

        Raises what `MailVisits.folder` raises, InvalidCursor and IncompleteAnswer.
        """
        stayed = False
        try:
            async with self.visits.folder(account, path, allowed, stays=True) as folder:
                stayed = folder.stayed
                return await self._page(folder, asked)
        except (SessionFailed, ServerRefused, IncompleteAnswer, InvalidCursor):
            # The folder may have been deleted or replaced while it was open, which servers notice late.
            if not stayed:
                raise
        async with self.visits.folder(account, path, allowed) as folder:
            return await self._page(folder, asked)

    async def _page(self, folder: FolderVisit, asked: PageAsked) -> MessagePage:
        page = await page_of_all(folder, asked)
        await mark_threads(self.visits.db, folder, page.messages, asked.wanted.names)
        return page
