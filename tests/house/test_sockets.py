"""House rule: one place looks up names, two open sockets to others, and only to checked addresses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, dotted, product_modules, sample

LOOKS_UP = "postroom.connections.hosts.names"
# Where a name, a call or an import of that name is allowed.
ALLOWED = {
    "getaddrinfo": {LOOKS_UP},
    "gethostbyname": set(),
    "gethostbyname_ex": set(),
    "gethostbyaddr": set(),
    "getfqdn": set(),
    "asyncio.open_connection": set(),
    "create_datagram_endpoint": set(),
    "sock_sendto": set(),
    # The demo talks to the gateway that it has just started.
    "ClientSession": {"postroom.connections.http.http_session", "postroom.demo.client"},
    "TCPConnector": {"postroom.connections.http.http_session"},
    "ThreadedResolver": set(),
    "AsyncResolver": set(),
    "DefaultResolver": set(),
    "start_connection": {"postroom.connections.sockets.endpoint"},
    "CheckedHost": {"postroom.connections.hosts.checked_host"},
    "CheckedUrl": {"postroom.connections.hosts.checked_url"},
}
LIBRARIES = {
    "aiodns": {LOOKS_UP},
    "pycares": {LOOKS_UP},
    "python_socks": {"postroom.connections.sockets.proxies"},
    "dns": set(),
    # The client is for programs elsewhere. Nothing of the gateway imports it.
    "httpx": {
        "postroom.client.asynchronous",
        "postroom.client.blocking",
        "postroom.client.transports.asynchronous",
        "postroom.client.transports.blocking",
        "postroom.client.transports.connecting",
        "postroom.moving.source",
        "postroom.testing.beside",
    },
    "requests": set(),
    # `doctor` checks whether a gateway holds the port of the gateway.
    "urllib.request": {"postroom.cli.doctor.checks"},
    "http.client": set(),
    "smtplib": set(),
    # The demo is a client of its own sandbox.
    "imaplib": {"postroom.demo.mailbox", "postroom.demo.smtp_server", "postroom.demo.story"},
}


def breaches(module: Module) -> Iterator[str]:
    for name, line in module.imports():
        for library, places in LIBRARIES.items():
            if (name == library or name.startswith(f"{library}.")) and module.name not in places:
                yield f"{module.path}:{line}: imports {library}"
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        called = f".{dotted(node.func)}"
        for name, places in ALLOWED.items():
            if called.endswith(f".{name}") and module.name not in places:
                yield f"{module.path}:{node.lineno}: calls {name}"
        if called.endswith(".create_connection") and not any(each.arg == "sock" for each in node.keywords):
            yield f"{module.path}:{node.lineno}: connects with a name"


def test_names_and_sockets_are_in_their_places() -> None:
    assert [problem for module in product_modules() for problem in breaches(module)] == []


def test_each_place_is_there() -> None:
    names = {module.name for module in product_modules()}
    assert set().union(*ALLOWED.values(), *LIBRARIES.values()) <= names


@pytest.mark.parametrize(
    "text",
    [
        "socket.getaddrinfo('mail.example', 993)",
        "async def f(loop): await loop.getaddrinfo('mail.example', 993)",
        "async def f(): await asyncio.open_connection('mail.example', 993)",
        "async def f(loop): await loop.create_connection(Protocol, 'mail.example', 993)",
        "socket.create_connection(('mail.example', 993))",
        "aiohttp.ClientSession()",
        "import dns.asyncresolver",
        "import aiodns",
        "from python_socks.async_.asyncio import Proxy",
        "CheckedHost('169.254.169.254', None, policy, False, object())",
    ],
)
def test_breaches_are_caught(text: str) -> None:
    assert len(list(breaches(sample(text)))) == 1


def test_a_socket_that_is_there_may_be_taken_over() -> None:
    assert list(breaches(sample("async def f(loop): await loop.create_connection(Protocol, sock=connection)"))) == []
