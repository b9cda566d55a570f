"""Servers that offer SASL-IR and ignore what comes with AUTHENTICATE, over real sockets."""

from __future__ import annotations

import base64

import pytest

from postroom.connections.clients.imap_client import Credentials, SignIn, open_imap
from postroom.connections.hosts.names import LOCALHOST
from tests.connections.imap_opening import QUICK, endpoint_of
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session


async def ignorant(session: Session, command: Command) -> None:
    """Ask for what was sent with the command."""
    await session.line("+ ")
    said = base64.b64decode(await session.read_line()).decode()
    accepted = said in ("\0u1\0pass", "user=u1\x01auth=Bearer pass\x01\x01")
    await session.tagged(command, "OK" if accepted else "NO", "Done")


@pytest.mark.parametrize("token", [False, True])
async def test_a_server_that_ignores_an_initial_response_is_told_again(token: bool) -> None:
    capabilities = ("IMAP4rev1", "SASL-IR", "AUTH=PLAIN", "AUTH=XOAUTH2")
    async with FakeImapServer(capabilities=capabilities) as server:
        server.behave(Behaviour(on_command={"AUTHENTICATE": ignorant}))
        secret = Credentials("u1", access_token="pass") if token else Credentials("u1", "pass")
        client = await open_imap(endpoint_of(server), SignIn(secret), QUICK, lookups=LOCALHOST)
        assert client.info.login == ("XOAUTH2" if token else "PLAIN")
        client.close()
