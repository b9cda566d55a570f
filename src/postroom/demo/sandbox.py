"""A mail server for experiments: one mailbox over IMAP, and SMTP that delivers into it. Loopback only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from postroom.demo.imap_server import imap_server
from postroom.demo.mailbox import DemoMailbox, letter
from postroom.demo.post_office import PostOffice
from postroom.demo.smtp_server import smtp_server
from postroom.footprint.dataclass import dataclass

USER = "demo@example.test"
PASSWORD = "password"  # noqa: S105 - a mailbox that lives in memory, on loopback, for as long as the demo runs
FOLDERS = ("Archive", "Drafts", "Junk", "Sent", "Trash")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    mailbox: DemoMailbox
    smtp_port: int

    def account(self, account: str, name: str) -> dict[str, object]:
        """Return the body that registers the sandbox mailbox with `POST /v1/account`."""
        sign_in = {"user": self.mailbox.user, "pass": self.mailbox.password}
        imap = {"host": self.mailbox.host, "port": self.mailbox.imap_port, "secure": False, "auth": sign_in}
        smtp = {"host": self.mailbox.host, "port": self.smtp_port, "secure": False, "auth": sign_in}
        return {"account": account, "name": name, "email": self.mailbox.user, "imap": imap, "smtp": smtp}


@asynccontextmanager
async def sandbox(user: str = USER, password: str = PASSWORD) -> AsyncIterator[Sandbox]:
    """Run a mail server with the usual folders and one older message."""
    async with AsyncExitStack() as stack:
        imap_port = await stack.enter_async_context(imap_server(user, password))
        mailbox = DemoMailbox(user, password, imap_port)
        smtp_port = await stack.enter_async_context(smtp_server(PostOffice([mailbox])))
        await mailbox.make_folders(FOLDERS)
        older = letter("Ada <ada@example.test>", user, "An older letter", "It was here before Postroom.\n")
        await mailbox.deliver(older, age=3600)
        yield Sandbox(mailbox, smtp_port)
