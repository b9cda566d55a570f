"""Heads of answers: what is left out, what is kept, and where the body begins, byte by byte."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from postroom.connections.http.answer_head import (
    LARGEST_ANSWER,
    LARGEST_HEAD,
    MOST_INTERIM,
    Attempt,
    EndlessAnswer,
    HeadReader,
    tidy,
)


class Inner(asyncio.Protocol):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.failures: list[BaseException] = []
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


class Wire:
    """A transport that can be closed."""

    closed = False

    def close(self) -> None:
        self.closed = True

    abort = close


def reading() -> tuple[HeadReader, Inner, Wire, Attempt]:
    inner, wire, attempt = Inner(), Wire(), Attempt()
    reader = HeadReader(inner, cast("asyncio.Transport", wire), inner.failures.append)
    reader.expect(attempt)
    return reader, inner, wire, attempt


FRAMES = [
    (b"Content-Length: 2", b"Content-Length: 2\r\n"),
    (b"Content-Length: 2\r\ncontent-length: 2", b"Content-Length: 2\r\n"),
    (b"Content-Length: 2\r\nContent-Length: 3", b""),
    (b"Content-Length: two", b""),
    (b"Content-Length: 99999999999999999999", b""),
    (b"Transfer-Encoding: Chunked\r\nContent-Length: 3", b"Transfer-Encoding: chunked\r\n"),
    (b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked\r\n"),
    (b"Transfer-Encoding: identity\r\nContent-Length: 3", b""),
]


@pytest.mark.parametrize(("told", "kept"), FRAMES)
def test_the_end_of_the_body_is_told_once_or_not_at_all(told: bytes, kept: bytes) -> None:
    assert tidy(b"HTTP/1.1 200 OK\r\n" + told + b"\r\n\r\n") == b"HTTP/1.1 200 .\r\n" + kept + b"\r\n"


def test_lines_that_are_no_fields_are_left_out() -> None:
    head = b"HTTP/1.0 404 N\xf6\nA : b\x00c\t\r\n  continued\r\nnone\r\na b: c\r\n\xff: d\r\nE:\r\n\r\n"
    assert tidy(head) == b"HTTP/1.0 404 .\r\nA: b c continued\r\nE: \r\n\r\n"


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_the_body_begins_where_the_head_ends(size: int) -> None:
    reader, inner, _, attempt = reading()
    sent = b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 201 Made\r\nA: b\r\n\r\n\r\nbody\r\n\r\n"
    for at in range(0, len(sent), size):
        reader.data_received(sent[at : at + size])
    assert inner.pieces[0] == b"HTTP/1.1 201 .\r\nA: b\r\n\r\n"
    assert b"".join(inner.pieces[1:]) == b"\r\nbody\r\n\r\n"
    assert attempt.status == 201


def test_a_connection_is_for_one_answer_after_the_other() -> None:
    reader, inner, _, _ = reading()
    reader.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    second = Attempt()
    reader.expect(second)
    reader.data_received(b"HTTP/1.1 404 No\r\n\r\n")
    assert second.status == 404
    assert inner.pieces == [b"HTTP/1.1 200 .\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 404 .\r\n\r\n"]


def test_a_head_that_breaks_off_is_ended() -> None:
    reader, inner, _, _ = reading()
    reader.data_received(b"HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 5\r\nX-Hal")
    reader.connection_lost(None)
    assert inner.pieces == [b"HTTP/1.1 503 .\r\nRetry-After: 17\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"]
    assert inner.lost


def test_a_head_without_an_end_is_ended() -> None:
    reader, inner, wire, attempt = reading()
    reader.data_received(b"HTTP/1.1 200 OK\r\nX: " + b"x" * LARGEST_HEAD)
    assert wire.closed
    assert attempt.status == 200
    assert inner.pieces == [b"HTTP/1.1 200 .\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"]


@pytest.mark.parametrize("sent", [b"220 mail.example ESMTP\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 20x\r\n\r\n"])
def test_what_is_no_answer_is_passed_on_as_it_is(sent: bytes) -> None:
    reader, inner, _, attempt = reading()
    reader.data_received(sent)
    reader.connection_lost(None)
    assert (b"".join(inner.pieces), attempt.status) == (sent, None)


INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


@pytest.mark.parametrize("size", [7, 100_000])
def test_interim_answers_have_an_end(size: int) -> None:
    sent = INTERIM * MOST_INTERIM + b"HTTP/1.1 200 OK\r\n\r\n"
    reader, inner, wire, attempt = reading()
    for at in range(0, len(sent), size):
        reader.data_received(sent[at : at + size])
    assert (attempt.status, inner.failures, wire.closed) == (200, [], False)
    sent = INTERIM + sent
    reader, inner, wire, attempt = reading()
    for at in range(0, len(sent), size):
        reader.data_received(sent[at : at + size])
        if wire.closed:
            break
    (failure,) = inner.failures
    assert isinstance(failure, EndlessAnswer)
    assert (attempt.status, wire.closed, inner.pieces) == (None, True, [])


def test_each_answer_of_a_connection_may_have_interim_ones() -> None:
    reader, inner, _, _ = reading()
    for _ in range(3):
        reader.expect(Attempt())
        reader.data_received(INTERIM * MOST_INTERIM + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert inner.failures == []


def test_what_follows_a_head_has_an_end() -> None:
    reader, inner, wire, _ = reading()
    reader.data_received(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
    while not wire.closed:
        reader.data_received(b"x" * 100_000)
    assert LARGEST_ANSWER - 200_000 < sum(map(len, inner.pieces)) <= LARGEST_ANSWER + 100
