"""Puts what lies in the folders of the scriptable server into the index of threads, as the sync does."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.imap.responses import FetchData
from postroom.mail.identity.links import Links, links_of
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, mailbox_numbers, mailboxes
from postroom.threads import index
from tests.fakes.imap_server import FakeImapServer


def letter(own: str, *references: str, subject: str = "x") -> bytes:
    """A message with a Message-ID that refers to others."""
    refer = f"References: {' '.join(f'<{each}>' for each in references)}\r\n" if references else ""
    head = f"From: ann@example.test\r\nSubject: {subject}\r\nMessage-ID: <{own}>\r\n{refer}"
    return f"{head}\r\nhello\r\n".encode()


def links_in(server: FakeImapServer, user: str, path: str) -> dict[int, Links]:
    """The links of every message of a folder."""
    return {
        each.uid: links_of(
            FetchData(1, uid=each.uid, size=len(each.content), sections={"HEADER": each.content.partition(b"hello")[0]})
        )
        for each in server.mailbox(user, path).messages
    }


async def store_folder(db: Database, server: FakeImapServer, user: str, path: str, links: dict[int, Links]) -> None:
    """Store one folder of the account `a`, and index messages that need not be there."""

    def work(conn: Connection) -> None:
        key = conn.execute(sa.select(accounts.c.key)).scalar_one()
        row = {"account_key": key, "path": path, "attributes": [], "uidnext": 1, "indexed": 0}
        row["uidvalidity"] = server.mailbox(user, path).uid_validity
        of = conn.execute(sa.insert(mailboxes).values(**row).returning(mailboxes.c.id)).scalar_one()
        index.add(conn, key, of, links)

    await db.write(work)


async def index_folders(db: Database, server: FakeImapServer, user: str, *paths: str) -> None:
    """Store these folders of the account `a` and index their messages."""

    def work(conn: Connection) -> None:
        key = conn.execute(sa.select(accounts.c.key).where(accounts.c.account == "a")).scalar_one()
        for number, path in enumerate(paths, 1):
            validity = server.mailbox(user, path).uid_validity
            role = "\\Trash" if path == "Trash" else None
            last = server.mailbox(user, path).uid_next - 1
            row: dict[str, object] = {
                "account_key": key,
                "path": path,
                "attributes": [],
                "uidvalidity": validity,
                "special_use": role,
            }
            row |= {"indexed": last, "uidnext": last + 1}
            of = conn.execute(sa.insert(mailboxes).values(**row).returning(mailboxes.c.id)).scalar_one()
            numbered = {"account_key": key, "number": number, "path": path, "uidvalidity": validity}
            conn.execute(sa.insert(mailbox_numbers).values(**numbered))
            index.add(conn, key, of, links_in(server, user, path))

    await db.write(work)
