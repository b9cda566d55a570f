"""How sessions are opened: what the account and the server's profile say about it."""

from __future__ import annotations

import pytest

from postroom.accounts.credentials import imap_login
from postroom.accounts.document import Document
from postroom.connections.addresses import AddressPolicy
from postroom.connections.failures import ConnectionFailed
from postroom.connections.limits import SignInPacing
from postroom.connections.names import LOCALHOST
from postroom.connections.timeouts import Timeouts
from postroom.sync.opening import Opening, sign_in_of
from tests.fakes.imap_server import FakeImapServer, refuse_login


def account(host: str, port: int = 143, **more: object) -> Document:
    return {"imap": {"host": host, "port": port, "auth": {"user": "u", "pass": "pass"}, **more}}


@pytest.mark.parametrize(
    ("full", "avoided"),
    [
        (account("imap.example.com"), set()),
        (account("imap.example.com", disableIMAP4rev2=True), {"IMAP4REV2"}),
        (account("imap.mail.me.com"), {"QRESYNC"}),
        (account("imap.mail.me.com", disableIMAP4rev2=True), {"QRESYNC", "IMAP4REV2"}),
    ],
)
def test_what_is_taken_as_not_offered(full: Document, avoided: set[str]) -> None:
    sign_in = sign_in_of(imap_login(full, now=0), full, {"name": "P"})
    assert sign_in.avoid == avoided
    assert (sign_in.enable, sign_in.client_id) == (("CONDSTORE", "QRESYNC"), {"name": "P"})


async def test_a_host_that_turns_one_away_is_left_alone_by_all() -> None:
    opening = Opening(SignInPacing(10, 10), Timeouts(), AddressPolicy.ANY, {}, LOCALHOST)
    async with FakeImapServer() as server:
        full = account("127.0.0.1", server.port)
        server.behave(refuse_login("LIMIT", "Too many login attempts"))
        for _ in range(3):
            with pytest.raises(ConnectionFailed):
                await opening.open(imap_login(full, now=0), full, patience=0.05)
        assert server.statistics.connections == 1
