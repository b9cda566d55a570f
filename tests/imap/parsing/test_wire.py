"""Framing: literals, untidy line ends, limits, and work that stays linear."""

from __future__ import annotations

import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import LimitExceeded, Limits
from postroom.imap.parsing.wire import RawResponse, ResponseReader, weight
from tests.imap.transcripts import ALL


def frames(*chunks: bytes, limits: Limits | None = None) -> list[RawResponse]:
    reader = ResponseReader(limits or Limits())
    found = []
    for chunk in chunks:
        reader.feed(chunk)
        while (raw := reader.next()) is not None:
            found.append(raw)
    return found


def test_a_line_is_a_response() -> None:
    assert frames(b"* 3 EXISTS\r\n* 4 EXISTS\r\n") == [RawResponse(b"* 3 EXISTS"), RawResponse(b"* 4 EXISTS")]


def test_a_literal_joins_the_lines_around_it() -> None:
    data = b"* 1 FETCH (BODY[] {6}\r\na\r\nb\r\n UID 3 X {0}\r\n)\r\n"
    assert frames(data) == [RawResponse(b"* 1 FETCH (BODY[] {6}\r\n UID 3 X {0}\r\n)", (b"a\r\nb\r\n", b""))]


def test_non_synchronizing_and_binary_literals_are_framed_too() -> None:
    assert frames(b"* X {1+}\r\na ~{2}\r\nb\0\r\n") == [RawResponse(b"* X {1+}\r\n ~{2}\r\n", (b"a", b"b\0"))]


@pytest.mark.parametrize("line", [b"* OK wait {5}", b"A1 NO [X] so {5}", b"+ more {5}", b"* bye {5}", b"* PREAUTH {5}"])
def test_words_for_people_announce_no_literal(line: bytes) -> None:
    assert frames(line + b"\r\n* 1 EXISTS\r\n") == [RawResponse(line), RawResponse(b"* 1 EXISTS")]


def test_braces_inside_a_line_are_no_literal() -> None:
    assert frames(b"* FLAGS (a{5})\r\n") == [RawResponse(b"* FLAGS (a{5})")]


def test_bare_line_feeds_blank_lines_and_padding_are_tolerated() -> None:
    assert frames(b"\r\n\n \r\n\0\0* 1 EXISTS\0\n\0\r\n* X {1\0}\n\0\n") == [
        RawResponse(b"* 1 EXISTS"),
        RawResponse(b"* X {1}\r\n", (b"\0",)),
    ]


def test_of_a_literal_no_more_is_kept_than_is_wanted() -> None:
    reader = ResponseReader()
    reader.keeps = 3
    for piece in (b"* X {10}\r\nabc", b"defg", b"hij {2}\r\nkl", b"\r\n"):
        assert reader.next() is None
        reader.feed(piece)
    assert reader.next() == RawResponse(b"* X {10}\r\n {2}\r\n", (b"abc", b"kl"))
    assert (reader.dropped, reader.pending) == (7, 0)


def test_nul_inside_a_literal_is_kept() -> None:
    assert frames(b"* X {3}\r\na\0b\r\n")[0].literals == (b"a\0b",)


@pytest.mark.parametrize("name", ALL)
def test_how_the_octets_are_cut_makes_no_difference(name: str) -> None:
    data = ALL[name]
    assert frames(*(data[at : at + 1] for at in range(len(data)))) == frames(data)


@given(data=st.sampled_from(sorted(ALL)), cuts=st.lists(st.integers(0, 3000), max_size=12))
def test_random_cuts_make_no_difference(data: str, cuts: list[int]) -> None:
    octets = ALL[data]
    places = [0, *sorted(cuts), len(octets)]
    assert frames(*(octets[a:b] for a, b in pairwise(places))) == frames(octets)


def test_pending_counts_every_octet_not_yet_returned() -> None:
    reader = ResponseReader()
    reader.feed(b"* 1 EXISTS\r\n* X {4}\r\nab")
    assert reader.pending == 23
    assert reader.next() is not None
    assert reader.pending == 11
    assert reader.next() is None
    assert reader.pending == 11
    reader.feed(b"cd\r\n")
    assert reader.next() is not None
    assert reader.pending == 0


def test_a_literal_of_four_gigabytes_is_refused_when_announced() -> None:
    reader = ResponseReader()
    reader.feed(b"* 1 FETCH (BODY[] {4294967296}\r\n")
    with pytest.raises(LimitExceeded, match=r"more than 50,331,648 octets .* announced 4294967296") as caught:
        reader.next()
    assert caught.value.offset == 18
    reader.feed(b"x" * 1000)
    with pytest.raises(LimitExceeded):
        reader.next()
    assert reader.pending == 0


def test_a_literal_size_of_a_thousand_digits_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        frames(b"* X {" + b"9" * 1000 + b"}\r\n")


def test_a_literal_at_the_limit_is_read() -> None:
    limits = Limits(max_literal=10)
    assert frames(b"* X {10}\r\n0123456789\r\n", limits=limits)[0].literals == (b"0123456789",)
    with pytest.raises(LimitExceeded):
        frames(b"* X {11}\r\n", limits=limits)


def test_a_line_without_end_is_refused() -> None:
    reader = ResponseReader(Limits(max_line=1000))
    reader.feed(b"x" * 1000)
    assert reader.next() is None
    reader.feed(b"x")
    with pytest.raises(LimitExceeded, match="more than 1,000 octets of text in one response"):
        reader.next()
    assert reader.pending == 0


def test_a_response_of_many_small_literals_is_bounded() -> None:
    with pytest.raises(LimitExceeded, match="more than 5,000 octets in one response"):
        frames(b"* X " + b"{10}\r\n0123456789 " * 1000, limits=Limits(max_response=5000))


def test_limits_count_for_each_response_anew() -> None:
    data = b"* X {10}\r\n0123456789\r\n" * 100
    assert len(frames(data, limits=Limits(max_response=40))) == 100


def test_limit_exceeded_is_the_servers_fault() -> None:
    assert issubclass(LimitExceeded, RemoteProtocolError)


def test_single_octets_of_a_long_line_cost_linear_time() -> None:
    def cost(size: int) -> float:
        reader = ResponseReader()
        begun = time.process_time()
        reader.feed(b"* 1 FETCH ")
        for _ in range(size):
            reader.feed(b"x")
            assert reader.next() is None
        reader.feed(b"\n")
        assert reader.next() is not None
        return time.process_time() - begun

    small = min(cost(20_000) for _ in range(3))
    assert min(cost(160_000) for _ in range(2)) < 8 * small * 3, "eight times the octets cost far more than eight times"


def test_an_idle_reader_is_small() -> None:
    reader = ResponseReader()
    parts = [getattr(reader, name) for name in ("_buffer", "_pieces", "_literals")]
    assert sys.getsizeof(reader) + sum(map(sys.getsizeof, parts)) < 500


def test_a_literal_in_many_pieces_is_one_value_and_leaves_nothing_behind() -> None:
    reader = ResponseReader()
    reader.feed(b"* X {300000}\r\n")
    for _ in range(300):
        assert reader.next() is None
        reader.feed(b"y" * 1000)
    assert (reader.pending, reader.wanted) == (299_014 + 1000, 300_014)
    reader.feed(b" z\r\n* 1 EXISTS\r\n")
    response = reader.next()
    assert response is not None
    assert response.literals == (b"y" * 300_000,)
    assert response.text == b"* X {300000}\r\n z"
    assert reader.next() is not None
    assert (reader.pending, reader.wanted) == (0, 0)


def test_a_line_of_numbers_may_be_longer_than_other_text() -> None:
    limits = Limits(max_line=100, max_fetch=500, max_numbers=1000)
    assert len(frames(b"* SEARCH " + b"1 " * 400 + b"\r\n", limits=limits)) == 1
    with pytest.raises(LimitExceeded, match="more than 1,000"):
        frames(b"* SEARCH " + b"1 " * 600 + b"\r\n", limits=limits)
    with pytest.raises(LimitExceeded, match="more than 100"):
        frames(b"* FLAGS " + b"1 " * 400 + b"\r\n", limits=limits)
    assert len(frames(b"* 1 FETCH (X {1}\r\ny" + b"1 " * 200 + b"\r\n", limits=limits)) == 1
    with pytest.raises(LimitExceeded, match="more than 500"):
        frames(b"* 1 FETCH (X {1}\r\ny" + b"1 " * 300 + b"\r\n", limits=limits)


def test_the_text_around_literals_counts_together() -> None:
    limits = Limits(max_line=100)
    assert len(frames(b"* X {500}\r\n" + b"y" * 500 + b" z\r\n", limits=limits)) == 1
    with pytest.raises(LimitExceeded, match="more than 100 octets of text"):
        frames(b"* X" + b" {0}\r\n" * 30, limits=limits)


def test_literals_of_one_response_are_counted() -> None:
    with pytest.raises(LimitExceeded, match="more than 5 literals"):
        frames(b"* X" + b" {0}\r\n" * 6 + b"\r\n", limits=Limits(max_literals=5))


@pytest.mark.parametrize("endless", [b"\r\n", b" {0}\r\n"])
def test_one_step_does_no_more_than_so_much(endless: bytes) -> None:
    reader = ResponseReader()
    reader.feed(b"* X {0}\r\n" + endless * 1000 + b"\r\n* 1 EXISTS\r\n" if b"{" in endless else endless * 1000)
    assert reader.step() is None
    assert reader.behind
    assert reader.pending > 0
    steps = 1
    while reader.step() is None and reader.behind:
        steps += 1
    assert steps in (3, 4)


def test_responses_weigh_about_what_they_take() -> None:
    flags = RawResponse(b"* 12345 FETCH (UID 23456 FLAGS (\\Seen $Label1) MODSEQ (1234567890))")
    assert 500 < weight(flags) < 1000
    assert weight(RawResponse(b"* 1 FETCH (BODY[] {9}\r\n)", (b"x" * 1_000_000,))) < 1_001_000
    assert weight(RawResponse(b"* 1 FETCH (FLAGS (" + b"ab " * 100_000 + b"))")) > 4_000_000
    whole_mailbox = RawResponse(b"* SEARCH" + b" 1234567890" * 1_500_000)
    assert weight(whole_mailbox) < Limits().max_kept
