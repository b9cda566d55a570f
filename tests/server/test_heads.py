"""Heads of requests: which pass, and with which status the others are refused."""

from __future__ import annotations

import pytest

from postroom.server.heads import FIELD, FIELDS, LINE, WHOLE, check_start, read_head
from postroom.server.refusals import Refused

HOST = b"Host: x\r\n"


def head(*fields: bytes, line: bytes = b"POST /v1/account HTTP/1.1", host: bytes = HOST) -> bytes:
    return line + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


GOOD = [
    (head(), 0),
    (head(b"Content-Length: 5"), 5),
    (head(b"content-length:0"), 0),
    (head(b"Transfer-Encoding: Chunked"), None),
    (head(b"X: \xe9\t\"'\\"), 0),
    (head(line=b"GET / HTTP/1.0", host=b""), 0),
    (head(line=b"GET http://x/v1?a=%20 HTTP/1.1"), 0),
    (head(host=b"Host: [::1]:3000\r\n"), 0),
    (head(host=b"Host:\r\n"), 0),
    (head(line=b"GET /" + b"a" * (LINE - 20) + b" HTTP/1.1"), 0),
    (head(*[b"A: b"] * (FIELDS - 1)), 0),
    (head(b"X: " + b"x" * (FIELD - 10)), 0),
]


@pytest.mark.parametrize(("octets", "length"), GOOD)
def test_what_passes(octets: bytes, length: int | None) -> None:
    found = read_head(octets)
    assert (found.octets, found.length) == (octets, length)


BAD = [
    (400, head(b"Content-Length: 5", b"Transfer-Encoding: chunked"), "contradict"),
    (400, head(b"Content-Length: 5", b"Content-Length: 5"), "once"),
    (400, head(b"Content-Length: 5, 5"), "no number"),
    (400, head(b"Content-Length: +5"), "no number"),
    (400, head(b"Content-Length: 0x5"), "no number"),
    (400, head(b"Content-Length: \xb2"), "no number"),
    (400, head(b"Content-Length:"), "no number"),
    (400, head(b"Content-Length: " + b"9" * 16), "no number"),
    (400, head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), "once"),
    (400, head(b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0"), "HTTP/1.0"),
    (501, head(b"Transfer-Encoding: gzip, chunked"), "chunked"),
    (501, head(b"Transfer-Encoding: identity"), "chunked"),
    (400, head(b"A: b", b" folded"), "field 3 begins with a blank"),
    (400, head(b"Content-Length : 5"), "field 2 is not"),
    (400, head(b"A b: c"), "field 2"),
    (400, head(b"A: b\x00"), "field 2"),
    (400, head(b"A: b\rContent-Length: 5"), "field 2"),
    (400, head(b"A: b\nContent-Length: 5"), "field 2"),
    (400, head(b": b"), "field 2"),
    (400, head(b"A"), "field 2"),
    (400, head(host=b""), "one Host"),
    (400, head(HOST[:-2]), "one Host"),
    (400, head(host=b"Host: a b\r\n"), "no host"),
    (400, head(host=b"Host: x/y\r\n"), "no host"),
    (400, head(line=b"GET x HTTP/1.1"), "slash"),
    (400, head(line=b"OPTIONS * HTTP/1.1"), "slash"),
    (400, head(line=b"GET http://x HTTP/1.1"), "slash"),
    (400, head(line=b"GET /# HTTP/1.1"), "slash"),
    (400, head(line=b"GET / x HTTP/1.1"), "first line"),
    (400, head(line=b"GET  / HTTP/1.1"), "first line"),
    (400, head(line=b"GET /\xe9 HTTP/1.1"), "first line"),
    (400, head(line=b"GET /"), "first line"),
    (505, head(line=b"PRI * HTTP/2.0", host=b""), "HTTP/1.1 only"),
    (505, head(line=b"GET / HTTP/3"), "HTTP/1.1 only"),
    (501, head(line=b"CONNECT x:443 HTTP/1.1"), "slash|method"),
    (501, head(line=b"BREW / HTTP/1.1"), "method"),
    (501, head(b"Connection: Upgrade", b"Upgrade: WebSocket"), "/v1/events/stream"),
    (414, head(line=b"GET /" + b"a" * LINE + b" HTTP/1.1"), "request line"),
    (431, head(b"X: " + b"x" * FIELD), "field is larger"),
    (431, head(*[b"A: b"] * FIELDS), "more than the 100"),
    (431, head(*[b"X: " + b"x" * (FIELD - 10)] * 5), "head is larger"),
]


@pytest.mark.parametrize(("status", "octets", "words"), BAD)
def test_what_is_refused(status: int, octets: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        read_head(octets)
    assert refused.value.status == status


def test_a_request_to_upgrade_goes_on_without() -> None:
    asked = head(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"Content-Length: 5")
    assert read_head(asked).octets == head(b"Connection: Upgrade, HTTP2-Settings", b"Content-Length: 5")


def test_who_waits_to_be_asked_for_the_body() -> None:
    assert read_head(head(b"Expect: 100-continue", b"Content-Length: 5")).waits
    assert not read_head(head(b"Content-Length: 5")).waits


STARTS = [
    (400, b"\x16\x03\x01\x02\x00\x01\x00", "without TLS"),
    (400, b"GET / HTTP/1.1\nHost: x\n\n", "without CR"),
    (400, b"GET / HTTP/1.1\r\nHost: x\n", "without CR"),
    (400, b"EHLO mail.example\r\n", "first line"),
    (505, b"GET / HTTP/9.9\r\n", "HTTP/1.1 only"),
    (414, b"GET /" + b"a" * LINE, "request line"),
    (431, b"GET / HTTP/1.1\r\nX: " + b"x" * WHOLE, "head is larger"),
]


@pytest.mark.parametrize(("status", "octets", "words"), STARTS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_what_cannot_become_a_head_is_not_waited_for(status: int, octets: bytes, words: str, size: int) -> None:
    if len(octets) > 1000:
        size *= 1000
    with pytest.raises(Refused, match=words) as refused:
        check_bit_by_bit(octets, size)
    assert refused.value.status == status


def check_bit_by_bit(octets: bytes, size: int) -> None:
    for end in range(size, len(octets) + size, size):
        check_start(octets[:end], max(0, end - size))


def test_a_good_start_is_waited_for() -> None:
    octets = head(b"A: b", b"X: \xe9")
    for end in range(1, len(octets) - 3):
        check_start(octets[:end], end - 1)
