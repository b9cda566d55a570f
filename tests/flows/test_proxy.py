"""An account behind a proxy, as its owner sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.proxy import FakeProxy
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_mail_comes_through_the_proxy_and_its_password_shows_nowhere(
    tmp_path: Path, mail: FakeImapServer
) -> None:
    async with FakeProxy(("me", "hush-hush"), {"127.0.0.1": mail.host}) as proxy, Gateway(tmp_path) as gateway:
        block = imap(mail, "behind", tls={"allowPlaintext": True})
        await gateway.register("behind", block, proxy=proxy.url("socks5", "me:hush-hush@"))
        await gateway.reaches("behind", "connected")
        assert proxy.asked[0] == ("socks5", "127.0.0.1", mail.port)
        assert (await gateway.get("behind"))["proxy"] == proxy.url("socks5", "******:******@")

        await gateway.ask("PUT", "/v1/account/behind", {"proxy": proxy.url("socks5", "me:wrong-one@")})
        seen = await gateway.when("behind", lambda seen: seen["state"] == "connectError", "refused by the proxy")
        assert seen["lastError"]["phase"] == "connect"
        assert "proxy" in seen["lastError"]["advice"]
        assert "hush-hush" not in "".join(gateway.log) + str(seen)
        assert "wrong-one" not in "".join(gateway.log) + str(seen)
