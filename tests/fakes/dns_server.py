"""A small name server over UDP and TCP on 127.0.0.1: answers from a table, or in the ways in which name servers fail.

async with FakeDnsServer() as server:
    server.add("example.com", "MX", "10 mx.example.net.")
    server.silence("_imaps._tcp.example.com")
    names = server.names()
    assert ("example.com", "MX") in server.asked
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from postroom.connections.hosts.names import Names

_TRIES = 50


class FakeDnsServer(asyncio.DatagramProtocol):
    """Authoritative for everything: a name without any record does not exist.

    `asked` holds each question (name, kind), and `over_tcp` those that came over TCP. `ttl` is that of the answers.
    `silent` holds the questions about silent names, which `speak` answers late.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.over_tcp: list[tuple[str, str]] = []
        self.ttl = 60
        self.port = 0
        self._records: dict[tuple[str, str], list[str]] = {}
        self._silent: set[str] = set()
        self._failing: dict[str, dns.rcode.Rcode] = {}
        self._truncated: set[str] = set()
        self._held: list[tuple[bytes, tuple[str, int]]] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None

    def add(self, name: str, kind: str, *values: str) -> None:
        """Add records in the presentation format of zone files."""
        self._records.setdefault((name, kind), []).extend(values)

    def remove(self, name: str) -> None:
        """Forget all records of a name."""
        self._records = {key: values for key, values in self._records.items() if key[0] != name}

    def silence(self, *names: str) -> None:
        """Never answer questions about these names."""
        self._silent.update(names)

    def speak(self) -> None:
        """Answer the questions about silent names, and answer all later ones."""
        self._silent.clear()
        held, self._held = self._held, []
        for data, addr in held:
            self.datagram_received(data, addr)

    def fail(self, name: str, code: str) -> None:
        """Answer questions about a name with an error such as SERVFAIL."""
        self._failing[name] = dns.rcode.from_text(code)

    def truncate(self, name: str) -> None:
        """Truncate answers about a name over UDP, so that clients ask over TCP."""
        self._truncated.add(name)

    def names(self, **options: Any) -> Names:
        """A resolver that asks this server and no other."""
        return Names([f"127.0.0.1:{self.port}"], ["search.example"], **options)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for left in reversed(range(_TRIES)):
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = self._server.sockets[0].getsockname()[1]
            try:
                await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
                break
            except OSError:
                # The port is free for TCP but taken for UDP.
                self._server.close()
                if not left:
                    raise
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        assert self._server is not None
        self._transport.close()
        self._server.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        # Without dnspython, which is too slow for very many questions.
        name, kind = _asked(data)
        self.asked.append((name, kind))
        if name in self._silent:
            self._held.append((data, addr))
            return
        query = dns.message.from_wire(data)
        try:
            wire = _short(query) if name in self._truncated else self._answer(query).to_wire()
        except dns.exception.TooBig:
            wire = _short(query)
        self._transport.sendto(wire, addr)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                data = await reader.readexactly(length)
                query = dns.message.from_wire(data)
                self.asked.append(_asked(data))
                self.over_tcp.append(_asked(data))
                wire = self._answer(query).to_wire(max_size=65535)
                writer.write(len(wire).to_bytes(2, "big") + wire)
        except (OSError, EOFError):
            writer.close()

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        name, kind = _asked(query.to_wire())
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        values = self._records.get((name, kind), [])
        if name in self._failing:
            response.set_rcode(self._failing[name])
        elif values:
            response.answer.append(dns.rrset.from_text_list(query.question[0].name, self.ttl, "IN", kind, values))
        elif not any(name == known for known, _ in self._records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def _asked(data: bytes) -> tuple[str, str]:
    """The question in a message (RFC 1035 section 4.1.2)."""
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length])
        at += 1 + length
    kind = int.from_bytes(data[at + 1 : at + 3], "big")
    return b".".join(labels).decode("ascii").lower(), dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind))


def _short(query: dns.message.Message) -> bytes:
    """Return a truncated answer: the whole one does not fit into a datagram."""
    response = dns.message.make_response(query)
    response.flags |= dns.flags.TC
    return response.to_wire()
