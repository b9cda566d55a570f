"""Every place where a caller or somebody else's document can name a host: none of them leads to a refused address.

What is counted is what the process connects to, so a place that forgets to check cannot pass.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from typing import Any, TypeAlias

import pytest

from postroom.connections.hosts.addresses import AddressPolicy, IpAddress
from postroom.connections.hosts.checked_host import CheckedHost
from postroom.oauth2.exchange import revoke
from postroom.oauth2.identity import IdentityUnknown, identity_of
from postroom.oauth2.model import GrantedTokens
from postroom.settings import Settings
from postroom.webhooks.delivery.client import HttpClient
from postroom.webhooks.delivery.egress import open_session
from postroom.webhooks.endpoints.targets import WebhookRequest
from tests.api.conftest import Client, client_of
from tests.fakes.openid_provider import OpenIdProvider

SPELLINGS = [
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
    "0.0.0.0",
    "0",
    "[::]",
    "user:secret@169.254.169.254",
    "metadata.google.internal",
    "１６９.２５４.１６９.２５４",
    "［169.254.169.254",
    "169.254.169.\U0001ccf2\U0001ccf5\U0001ccf4",
    "169.254.\u00ad169.254",
    "metadata.goo\u00adgle.internal",
]
# Names that pass as they are spelled: what they resolve to, the last answer for ever.
NAMES = {
    "plain.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "nat64.example": ["64:ff9b::a9fe:a9fe"],
    "nothing.example": ["0.0.0.0"],
    "rebinding.example": ["127.0.0.1", "169.254.169.254"],
}
Place: TypeAlias = Callable[[Client, str, OpenIdProvider], Awaitable[str]]
REFUSED = ("address policy", "EEGRESSBLOCKED", "metadata service", "is not a host name")


class Wire:
    """What the process looks up and connects to."""

    def __init__(self) -> None:
        self.connected: list[str] = []
        self.answers = {name: list(addresses) for name, addresses in NAMES.items()}

    async def addresses(self, host: CheckedHost) -> list[IpAddress]:
        """What a host resolves to this time."""
        if host.address is not None:
            return [host.address]
        left = self.answers.get(host.name)
        if left is None:
            raise socket.gaierror(socket.EAI_NONAME, host.name)
        return [ip_address(left.pop(0) if len(left) > 1 else left[0])]

    async def records(self, name: str, kind: str) -> list[Any]:
        return []

    def connect(self, connection: socket.socket, address: Any) -> None:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            self.connected.append(address[0])
            if address[0] != "127.0.0.1":
                raise ConnectionRefusedError(111, "not in a test")
        super(socket.socket, connection).connect(address)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    watched = Wire()
    monkeypatch.setattr(socket.socket, "connect", lambda connection, address: watched.connect(connection, address))
    return watched


@pytest.fixture
async def client(sqlite_url: str, settings: Settings, wire: Wire) -> AsyncIterator[Client]:
    """A client of an API that looks names up with `wire`."""
    async with client_of(sqlite_url, settings, lookups=wire) as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


def server(host: str) -> dict[str, Any]:
    return {"host": host, "port": 9, "secure": True, "auth": {"user": "u", "pass": "p"}}


async def imap_host(client: Client, host: str, provider: OpenIdProvider) -> str:
    return (await client.post("/v1/verifyAccount", {"imap": server(host)})).text


async def smtp_host(client: Client, host: str, provider: OpenIdProvider) -> str:
    return (await client.post("/v1/verifyAccount", {"smtp": server(host)})).text


async def diagnosed_host(client: Client, host: str, provider: OpenIdProvider) -> str:
    return (await client.post("/v1/diagnosis", {"imap": server(host), "smtp": server(host)})).text


async def registered(client: Client, provider: OpenIdProvider, **more: Any) -> str | None:
    """Register an application; the answer if it was refused."""
    await client.delete("/v1/oauth2/local")
    body = provider.application(**{"imap": {"host": "127.0.0.1", "port": 9}, **more})
    answer = await client.post("/v1/oauth2", body)
    return None if answer.status == 200 else answer.text


async def proxy_of_an_account(client: Client, host: str, provider: OpenIdProvider) -> str:
    body = {"imap": server("127.0.0.1"), "proxy": f"socks5://{host}:9"}
    return (await client.post("/v1/verifyAccount", body)).text


async def host_behind_a_proxy_without_names(client: Client, host: str, provider: OpenIdProvider) -> str:
    return (await client.post("/v1/verifyAccount", {"imap": server(host), "proxy": "socks4://127.0.0.1:9"})).text


async def app_server(client: Client, host: str, provider: OpenIdProvider) -> str:
    refused = await registered(client, provider, imap={"host": host, "port": 9})
    block = {"provider": "local", "auth": {"user": "u@example.test"}, "accessToken": "t"}
    return refused or (await client.post("/v1/verifyAccount", {"oauth2": block})).text


async def discovery_url(client: Client, host: str, provider: OpenIdProvider) -> str:
    refused = await registered(client, provider, discoveryUrl=f"http://{host}/")
    return refused or (await client.post("/v1/oauth2/local/verify")).text


async def discovered_token_endpoint(client: Client, host: str, provider: OpenIdProvider) -> str:
    provider.named = {"token_endpoint": f"http://{host}/token"}
    assert await registered(client, provider) is None
    return (await client.post("/v1/oauth2/local/verify")).text


async def discovered_other_endpoints(client: Client, host: str, provider: OpenIdProvider) -> str:
    url = f"http://{host}/"
    provider.named = {"jwks_uri": url, "userinfo_endpoint": url, "revocation_endpoint": url}
    assert await registered(client, provider) is None
    app, web = await client.api.apps.get("local"), client.api.trials.web
    assert not await revoke(web, app, "a token")
    told = []
    for id_token in ("a.b.c", None):
        with pytest.raises(IdentityUnknown) as caught:
            await identity_of(web, app, GrantedTokens("access", 0, 1, id_token=id_token), "nonce", 0)
        told.append(caught.value.message)
    return " ".join(told)


async def auth_server(client: Client, host: str, provider: OpenIdProvider) -> str:
    answer = await client.post("/v1/settings", {"authServer": f"http://{host}/lend"})
    if answer.status != 200:
        return answer.text
    block = {"host": "127.0.0.1", "port": 9, "useAuthServer": True}
    return (await client.post("/v1/account?verify=true", {"account": "a", "name": "A", "imap": block})).text


async def webhook_url(client: Client, host: str, provider: OpenIdProvider) -> str:
    url = f"http://{host}/hook"
    refusals = [
        (await client.post("/v1/webhooks", {"url": url})).text,
        (await client.post("/v1/settings", {"webhooks": url})).text,
        (await client.register(f"a{host}"[:9], webhooks=url)).text,
    ]
    async with open_session(AddressPolicy.ANY, 2, client.api.verifier.lookups) as session:
        sent = await HttpClient(session, 5).post(WebhookRequest(url.replace("user:secret@", ""), {}, b""))
    assert host in NAMES or all('"statusCode":400' in text for text in refusals), refusals
    return f"{sent.code} {sent.message}"


PLACES: list[Place] = [
    imap_host,
    smtp_host,
    diagnosed_host,
    proxy_of_an_account,
    host_behind_a_proxy_without_names,
    app_server,
    discovery_url,
    discovered_token_endpoint,
    discovered_other_endpoints,
    auth_server,
    webhook_url,
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
async def test_no_place_leads_to_a_refused_address(
    client: Client, wire: Wire, provider: OpenIdProvider, place: Place
) -> None:
    for host in SPELLINGS:
        told = await place(client, host, provider)
        assert any(words in told for words in (*REFUSED, '"statusCode":400')), (host, told)
    for host in (*NAMES, "rebinding.example"):
        told = await place(client, host, provider)
        # The first answer of a rebinding name is allowed, and may be remembered for some seconds.
        assert host == "rebinding.example" or any(words in told for words in REFUSED), (host, told)
    assert set(wire.connected) == {"127.0.0.1"}
    # Each name was really looked up, so it is the address that was refused.
    assert len(wire.answers["rebinding.example"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//elsewhere.example",
        "ftp://example.com/",
        "http://169.254.169.254/",
        "https://",
        "https://example.com/\r\nSet-Cookie: a=b",
    ],
)
async def test_a_browser_is_sent_to_web_pages_only(client: Client, provider: OpenIdProvider, url: str) -> None:
    block = {"provider": "local", "authorize": True, "redirectUrl": url}
    assert set(await client.problems("POST", "/v1/account", {"account": "a", "name": "A", "oauth2": block})) == {
        "oauth2.redirectUrl"
    }
    assert await registered(client, provider, redirectUrl=url) is not None


async def test_a_discovery_document_may_name_web_addresses_only(client: Client, provider: OpenIdProvider) -> None:
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint"):
        for url in ("javascript:alert(1)", "file:///etc/passwd", "//example.com/", "https://"):
            provider.named = {name: url}
            assert await registered(client, provider) is None
            steps = (await client.post("/v1/oauth2/local/verify")).body["steps"]
            assert [step["status"] for step in steps if step["id"] == "endpoints"] == ["fail"], (name, url)
