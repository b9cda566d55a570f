"""A small name server over UDP on 127.0.0.1: answers from a table, drops what it is told to, counts what it was asked.

async with FakeDnsServer() as server:
    server.add("example.com", "MX", "10 mx.example.net.")
    server.silence("_imaps._tcp.example.com")
    resolver = server.resolver()                    # for dnspython
    assert ("example.com", "MX") in server.asked
"""

from __future__ import annotations

import asyncio
from typing import Self

import dns.asyncresolver
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class FakeDnsServer(asyncio.DatagramProtocol):
    """Authoritative for everything: a name without a record of the kind asked for does not exist."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.port = 0
        self._records: dict[tuple[str, str], list[str]] = {}
        self._silent: set[str] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def add(self, name: str, kind: str, *values: str) -> None:
        """Add records in the presentation format of zone files."""
        self._records.setdefault((name, kind), []).extend(values)

    def silence(self, *names: str) -> None:
        """Never answer questions about these names."""
        self._silent.update(names)

    def resolver(self) -> dns.asyncresolver.Resolver:
        """A resolver that asks this server and no other."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return resolver

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        return None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self._silent:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        values = self._records.get((name, kind), [])
        if values:
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        assert self._transport is not None
        self._transport.sendto(response.to_wire(), addr)
