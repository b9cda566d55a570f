"""Puts mail into a mailbox and reads it through the routes of messages and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from postroom.mail.ids import message_id
from postroom.mailboxes.visit import TimeAllowed
from tests.api.conftest import Answer, Client
from tests.live.dovecot import Dovecot


async def id_of(client: Client, uid: int, path: str = "INBOX") -> str:
    """The id of a message of the account `a`."""
    async with client.api.messages.visits.folder("a", path, TimeAllowed.after(30.0)) as folder:
        return message_id(folder.number, uid)


async def read(client: Client, id_: str, **query: object) -> Answer:
    """Ask for a message; `query` are the parameters."""
    return await client.get(f"/v1/account/a/message/{id_}?{urlencode(query)}")


async def read_text(client: Client, id_: str, **query: object) -> Answer:
    """Ask for a text; `query` are the parameters."""
    return await client.get(f"/v1/account/a/text/{id_}?{urlencode(query)}")


@dataclass
class LiveMailbox:
    """The INBOX of the account `a` at a real Dovecot."""

    client: Client
    dovecot: Dovecot
    user: str
    delivered: int = 0

    async def put(self, raw: bytes) -> str:
        """Deliver a message; return its id."""
        self.dovecot.deliver(self.user, raw)
        self.delivered += 1
        return await id_of(self.client, self.delivered)

    async def told(self, raw: bytes, **query: object) -> dict[str, Any]:
        """Deliver a message and return it as the route shows it, with both texts unless `query` says otherwise."""
        answer = await read(self.client, await self.put(raw), **({"textType": "*"} | query))
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.body
        return found

    def flags(self, uid: int) -> str:
        """What the server says of a message's flags."""
        with self.dovecot.side_door(self.user) as session:
            session.select("INBOX", readonly=True)
            return str(session.uid("FETCH", str(uid), "(FLAGS)"))
