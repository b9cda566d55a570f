"""Documents over real HTTPS, as servers send them: in pieces, compressed, with a length that is not true."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.http.answer_head import EndlessAnswer
from postroom.http.body import AnswerTooLarge
from postroom.onboarding.autoconfig.fetch import NotFetched, Web
from postroom.settings import Settings
from tests.fakes.certificates import server_certificate
from tests.fakes.raw_http import Ending, RawHttp, chunked, ok

NAME = "docs.example.com"
XML = b"<clientConfig><emailProvider/></clientConfig>"
LIMIT = 1000

CASES: dict[str, tuple[tuple[bytes, ...], Ending]] = {
    "two segments": ((ok(XML)[:-20], XML[-20:]), "keep"),
    "another success": ((ok(XML, status=b"203 Non-Authoritative"),), "keep"),
    "chunks": ((chunked(XML[:9], XML[9:])[:70], chunked(XML[:9], XML[9:])[70:]), "keep"),
    "gzip": ((ok(gzip.compress(XML), b"Content-Encoding: gzip"),), "keep"),
    "a length that is too long": ((b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + XML,), "close"),
    "odd headers": ((ok(XML, b"X: " + b"x" * 9000, b"no colon", b"Y: \x01"),), "keep"),
}


class Leads(AbstractResolver):
    """Leads every name to one port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=self.port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        return None


async def fetch(folder: Path, *pieces: bytes, ending: Ending = "keep") -> bytes:
    certificate = server_certificate((NAME,))
    _, _, authority = certificate.write(folder)
    settings = Settings(data_dir=folder, ca_file=authority, autoconfig_private_addresses=True)
    async with RawHttp(certificate.server_context()) as server, Web(settings, LOCALHOST, Leads(server.port)) as web:
        server.answer(*pieces, ending=ending)
        return await web.get(f"https://{NAME}/config.xml", LIMIT)


@pytest.mark.parametrize("case", CASES)
async def test_a_document_is_read_to_its_end(tmp_path: Path, case: str) -> None:
    pieces, ending = CASES[case]
    assert await fetch(tmp_path, *pieces, ending=ending) == XML


@pytest.mark.parametrize("status", [b"404 None", b"500 Broken", b"304 Same"])
async def test_what_is_no_success_is_no_document(tmp_path: Path, status: bytes) -> None:
    with pytest.raises(NotFetched):
        await fetch(tmp_path, ok(XML, status=status))


async def test_a_document_that_grows_out_of_its_compression_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnswerTooLarge):
        await fetch(tmp_path, ok(gzip.compress(b" " * 5_000_000), b"Content-Encoding: gzip"))


async def test_interim_answers_without_end_are_cut(tmp_path: Path) -> None:
    with pytest.raises(EndlessAnswer):
        await fetch(tmp_path, b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, ending="hang")
