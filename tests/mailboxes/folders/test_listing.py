"""Folders as the API lists them, read over a real socket."""

from __future__ import annotations

import pytest

from postroom.connections.clients.imap_client import Credentials, ImapClient, SignIn, open_imap
from postroom.connections.failures import ConnectionFailed
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.mailboxes.folders.listing import read_mailboxes
from tests.fakes.imap_server import FakeImapServer, answer


async def opened(server: FakeImapServer) -> ImapClient:
    where = Endpoint(server.host, server.port, "none-ok")
    return await open_imap(where, SignIn(Credentials("u", "pass")), Timeouts(), lookups=LOCALHOST)


async def test_folders_with_their_parents_and_roles() -> None:
    async with FakeImapServer() as server:
        lines = (
            '* LIST (\\HasNoChildren) "." "INBOX"',
            '* LIST (\\Noinferiors \\Sent) "." "Mail.Sent items"',
            '* LIST (\\NonExistent) "." "Mail"',
            '* LIST () NIL "flat.name"',
        )
        server.behave(answer("LIST", *lines))
        client = await opened(server)
        folders = {folder["path"]: folder for folder in await read_mailboxes(client, {})}
        client.close()
    assert list(folders) == ["INBOX", "Mail", "Mail.Sent items", "flat.name"]
    sent = folders["Mail.Sent items"]
    assert (sent["name"], sent["parentPath"], sent["delimiter"]) == ("Sent items", "Mail", ".")
    assert (sent["specialUse"], sent["specialUseSource"], sent["noInferiors"]) == ("\\Sent", "extension", True)
    assert (folders["INBOX"]["specialUse"], folders["INBOX"]["specialUseSource"]) == ("\\Inbox", "name")
    assert (folders["Mail"]["listed"], folders["INBOX"]["listed"]) == (False, True)
    assert (folders["flat.name"]["name"], folders["flat.name"]["delimiter"]) == ("flat.name", None)


async def test_folders_that_read_alike_have_paths_of_their_own_and_none_is_listed_twice() -> None:
    async with FakeImapServer() as server:
        names = ("Entwürfe", "Entw&APw-rfe", "inbox", "INBOX", "Work", "Work")
        server.behave(answer("LIST", *(f'* LIST () "/" "{name}"' for name in names)))
        client = await opened(server)
        paths = [folder["path"] for folder in await read_mailboxes(client, {})]
        client.close()
    assert paths == ["Entw%C3%BCrfe", "Entwürfe", "INBOX", "Work"]


async def test_a_refused_list_is_a_failure_with_the_servers_words() -> None:
    async with FakeImapServer() as server:
        server.behave(answer("LIST", tagged="NO [UNAVAILABLE] Folders are being moved"))
        client = await opened(server)
        with pytest.raises(ConnectionFailed) as caught:
            await read_mailboxes(client, {})
        client.close()
    assert "Folders are being moved" in caught.value.failure.response
