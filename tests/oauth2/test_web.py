"""Answers of authorization servers over real sockets: in pieces, cut, compressed, as a form, with wrong lengths."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.http.http_session import open_session
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.identity import IdentityUnknown, identity_of
from postroom.oauth2.model import App, GrantedTokens
from postroom.oauth2.web import NoAnswer, WebClient
from tests.fakes.raw_http import Ending, RawHttp, chunked, ok

JSON = b'{"access_token": "t"}'
HEAD = b"HTTP/1.1 200 OK\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded"
TEXT = b"Content-Type: text/plain; charset=utf-8"
WHOLE = {"access_token": "t"}

READ: dict[str, tuple[tuple[bytes, ...], Ending]] = {
    "two segments": ((ok(JSON)[:-8], JSON[-8:]), "keep"),
    "head and body apart": ((ok(JSON)[: -len(JSON)], JSON), "keep"),
    "many segments": (tuple(ok(JSON)[at : at + 3] for at in range(0, len(ok(JSON)), 3)), "keep"),
    "created": ((ok(JSON, status=b"201 Created"),), "keep"),
    "chunks": ((chunked(JSON[:5], JSON[5:]),), "keep"),
    "chunks in segments": ((chunked(JSON[:5], JSON[5:])[:60], chunked(JSON[:5], JSON[5:])[60:]), "keep"),
    "until the end": ((HEAD + b"\r\n" + JSON[:4], JSON[4:]), "close"),
    "HTTP/1.0": ((b"HTTP/1.0 200 OK\r\n\r\n" + JSON,), "close"),
    "gzip unasked": ((ok(gzip.compress(JSON), b"Content-Encoding: gzip"),), "keep"),
    "BOM": ((ok(b"\xef\xbb\xbf" + JSON),), "keep"),
    "a length that is too long": ((HEAD + b"Content-Length: 99\r\n\r\n" + JSON,), "close"),
    "a length that is too long and a reset": ((HEAD + b"Content-Length: 99\r\n\r\n" + JSON,), "reset"),
    "a last chunk that is missing": ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n15\r\n" + JSON + b"\r\n",), "close"),
    "a broken chunk behind it": (
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"15\r\n" + JSON + b"\r\n", b"zz\r\n"),
        "hang",
    ),
    "odd headers": ((ok(JSON, b"X: \x00\xff", b"no colon", b"Y: " + b"y" * 60_000),), "keep"),
    "a form": ((ok(b"access_token=t", FORM),), "keep"),
    "a form called text": ((ok(b"access_token=t\n", TEXT),), "keep"),
}
CUT = ok(JSON)[:-4]
UNREADABLE: dict[str, tuple[tuple[bytes, ...], Ending]] = {
    "empty": ((ok(b""),), "keep"),
    "no content": ((b"HTTP/1.1 204 No Content\r\n\r\n",), "keep"),
    "cut": ((CUT,), "close"),
    "cut by a reset": ((CUT,), "reset"),
    "a length that is too short": ((HEAD + b"Content-Length: 5\r\n\r\n" + JSON,), "keep"),
    "a form that is cut": ((HEAD + FORM + b"\r\nContent-Length: 99\r\n\r\naccess_token=t",), "close"),
    "a broken chunk": ((HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + JSON,), "hang"),
    "gzip that is cut": ((ok(gzip.compress(JSON)[:-12], b"Content-Encoding: gzip"),), "keep"),
    "gzip that is none": ((ok(JSON, b"Content-Encoding: gzip"),), "keep"),
    "a list": ((ok(b"[]"),), "keep"),
    "HTML": ((ok(b"<html>a=b</html>", b"Content-Type: text/html"),), "keep"),
    "the end after the status": ((HEAD,), "close"),
}


@pytest.fixture
async def server() -> AsyncIterator[RawHttp]:
    async with RawHttp() as running:
        yield running


@pytest.mark.long
@pytest.mark.parametrize("case", READ)
async def test_an_answer_is_read_to_its_end(server: RawHttp, web: WebClient, case: str) -> None:
    pieces, ending = READ[case]
    server.answer(*pieces, ending=ending)
    answer = await web.post(server.url, {"a": "b"})
    assert (answer.ok, answer.document) == (True, WHOLE)


@pytest.mark.parametrize("case", UNREADABLE)
async def test_what_cannot_be_read_is_no_document(server: RawHttp, web: WebClient, case: str) -> None:
    pieces, ending = UNREADABLE[case]
    server.answer(*pieces, ending=ending)
    answer = await web.post(server.url, {"a": "b"})
    assert (answer.ok, answer.document) == (True, None)


async def test_only_an_answer_to_a_form_is_read_as_one(server: RawHttp, web: WebClient) -> None:
    server.answer(ok(b"access_token=t", FORM))
    assert (await web.get(server.url)).document is None


@pytest.mark.parametrize("head", [b"", b"Content-Encoding: gzip"], ids=["plain", "gzip"])
async def test_an_answer_may_not_be_endless(server: RawHttp, web: WebClient, head: bytes) -> None:
    large = b" " * 5_000_000
    server.answer(ok(gzip.compress(large), head) if head else ok(large))
    with pytest.raises(NoAnswer) as caught:
        await web.get(server.url)
    assert caught.value.code == "EMSGSIZE"


async def test_an_answer_may_not_take_for_ever(server: RawHttp) -> None:
    web = WebClient(partial(open_session, AddressPolicy.ANY, 5, LOCALHOST), timeout=0.3)
    server.answer(ok(JSON)[:-4], ending="hang")
    with pytest.raises(NoAnswer) as caught:
        await web.get(server.url)
    await web.close()
    assert caught.value.code == "ETIMEDOUT"


def oidc(server: RawHttp) -> App:
    return App("a", "oidc", {"clientId": "c", "discoveryUrl": server.url}, 0, 0, {})


def described(server: RawHttp) -> bytes:
    names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
    members = [f'"{name}": "{server.url}/{name}"' for name in names]
    return ("{" + ", ".join([f'"issuer": "{server.url}"', *members]) + "}").encode()


async def test_a_description_of_a_provider_is_read_to_its_end(server: RawHttp, web: WebClient) -> None:
    whole = ok(described(server), status=b"203 Non-Authoritative")
    server.answer(whole[:50], whole[50:-20], whole[-20:])
    assert (await endpoints_of(web, oidc(server))).token == f"{server.url}/token_endpoint"


MAIL_RU = App("a", "mailRu", {"clientId": "c"}, 0, 0, {})


class Userinfo:
    """Leads a request for who signed in to a server of ours."""

    def __init__(self, web: WebClient, server: RawHttp) -> None:
        self._web, self._url = web, server.url

    async def get(self, url: str, **more: Any) -> Any:
        return await self._web.get(self._url, **more)


async def test_who_signed_in_is_read_to_its_end(server: RawHttp, web: WebClient) -> None:
    whole = ok(b'{"email": "jo@mail.example", "name": "Jo"}')
    server.answer(whole[:-9], whole[-9:])
    found = await identity_of(Userinfo(web, server), MAIL_RU, GrantedTokens("t", 0, 1), "nonce", 0)  # type: ignore[arg-type]
    assert (found.email, found.name) == ("jo@mail.example", "Jo")


@pytest.mark.parametrize("answer", [ok(b""), ok(b'{"email": "jo@mail.example"}', status=b"500 Broken")])
async def test_who_signed_in_is_not_known_from_what_cannot_be_read(
    server: RawHttp, web: WebClient, answer: bytes
) -> None:
    server.answer(answer)
    with pytest.raises(IdentityUnknown, match="could not be asked"):
        await identity_of(Userinfo(web, server), MAIL_RU, GrantedTokens("t", 0, 1), "nonce", 0)  # type: ignore[arg-type]


async def test_keys_that_cannot_be_read_are_no_false_signature(server: RawHttp, web: WebClient) -> None:
    class OnlyKeys(Userinfo):
        async def get(self, url: str, **more: Any) -> Any:
            return await self._web.get(url, **more)

    description = ok(described(server))
    server.answer(description)
    app, tokens = oidc(server), GrantedTokens("t", 0, 1, id_token="x.y.z")
    # The same answer for the keys holds none, but it can be read: then it is the signature.
    with pytest.raises(IdentityUnknown, match="signature"):
        await identity_of(OnlyKeys(web, server), app, tokens, "nonce", 0)  # type: ignore[arg-type]


async def test_interim_answers_without_end_are_cut_and_called_so(server: RawHttp, web: WebClient) -> None:
    server.answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, ending="hang")
    with pytest.raises(NoAnswer, match=r"interim answers \(1xx\)") as failed:
        await web.get(server.url)
    assert failed.value.code == "EPROTOCOL"


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WITHOUT_END = {
    "a chunk extension": CHUNKED + b"5;" + b"x" * 8_000_000,
    "trailers": CHUNKED + b"0\r\n" + b"X: y\r\n" * 1_000_000,
    "header lines": HEAD + b"X: y\r\n" * 1_000_000,
}


@pytest.mark.parametrize("case", WITHOUT_END)
async def test_an_answer_without_end_is_given_up_at_once(server: RawHttp, web: WebClient, case: str) -> None:
    server.answer(WITHOUT_END[case], ending="hang")
    assert await outcome(web, server.url) in ("no document", "ECONNRESET")


async def outcome(web: WebClient, url: str) -> str:
    """The code of the failure, or whether there is a document."""
    try:
        return "no document" if (await web.get(url)).document is None else "a document"
    except NoAnswer as failed:
        return failed.code


@pytest.mark.long
async def test_an_answer_that_grows_out_of_its_compression_stays_small(server: RawHttp, web: WebClient) -> None:
    server.answer(ok(gzip.compress(b" " * 300_000_000), b"Content-Encoding: gzip"), ending="hang")
    tracemalloc.start()
    with pytest.raises(NoAnswer, match="larger than 256 KiB"):
        await web.get(server.url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16_000_000
