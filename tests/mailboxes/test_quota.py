"""The storage quota, of a real Dovecot and of servers without one."""

from __future__ import annotations

import pytest

from postroom.connections.clients.imap_client import Credentials, SignIn, open_imap
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.imap.responses import QuotaData
from postroom.mailboxes.quota import read_quota, storage_of
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import CAPABILITIES, Dovecot, DovecotOptions

QUOTA_PLUGIN = """
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=10M
}
"""


async def quota_of(host: str, port: int) -> object:
    where = Endpoint(host, port, "none-ok", verify=False)
    client = await open_imap(where, SignIn(Credentials("quota", "pass")), Timeouts(), lookups=LOCALHOST)
    try:
        return await read_quota(client)
    finally:
        client.close()


@pytest.mark.dovecot
async def test_dovecot_tells_what_is_used() -> None:
    options = DovecotOptions(extra_config=QUOTA_PLUGIN, imap_capability=f"{CAPABILITIES} QUOTA")
    async with Dovecot(options) as dovecot:
        dovecot.deliver("quota", b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" * 524_288)
        assert await quota_of(dovecot.host, dovecot.port) == {
            "usage": 1025 * 1024,
            "limit": 10 * 1024 * 1024,
            "status": "10%",
        }


async def test_a_server_without_quotas() -> None:
    async with FakeImapServer() as server:
        assert await quota_of(server.host, server.port) is False


def test_the_limit_that_is_reached_first() -> None:
    quotas = (QuotaData("a", {"STORAGE": (10, 1000)}), QuotaData("b", {"STORAGE": (90, 100)}), QuotaData("c", {}))
    assert storage_of(quotas) == {"usage": 92160, "limit": 102400, "status": "90%"}
    assert storage_of((QuotaData("", {"MESSAGE": (1, 2)}), QuotaData("", {"STORAGE": (1, 0)}))) is False
