"""Whole transcripts of real servers' manners, and what must never happen whatever a server says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import (
    ContinuationRequest,
    EsearchData,
    ExistsData,
    ExpungeData,
    FetchData,
    ListData,
    RecentData,
    ResponseCode,
    SearchData,
    StatusData,
    StatusResponse,
    UnknownData,
    VanishedData,
)
from postroom.imap.sets import UidSet
from tests.imap.reading import read_all, read_one
from tests.imap.transcripts import ALL, DOVECOT, EXCHANGE, GMAIL, MAIL_RU, UNTIDY, YAHOO


@pytest.mark.parametrize("name", ALL)
def test_every_transcript_reads_the_same_octet_by_octet(name: str) -> None:
    data = ALL[name]
    assert read_all(data[at : at + 1] for at in range(len(data))) == read_all([data])


@given(name=st.sampled_from(sorted(ALL)), cuts=st.lists(st.integers(0, 3000), max_size=12))
def test_every_transcript_reads_the_same_however_cut(name: str, cuts: list[int]) -> None:
    data = ALL[name]
    places = [0, *sorted(cuts), len(data)]
    assert read_all(data[a:b] for a, b in pairwise(places)) == read_all([data])


def test_dovecot_select() -> None:
    found = read_all([DOVECOT])
    assert found[4:11] == [
        ExistsData(3),
        RecentData(0),
        StatusResponse(None, "OK", ResponseCode("UNSEEN", (2,)), "First unseen."),
        StatusResponse(None, "OK", ResponseCode("UIDVALIDITY", (1763800000,)), "UIDs valid"),
        StatusResponse(None, "OK", ResponseCode("UIDNEXT", (19,)), "Predicted next UID"),
        StatusResponse(None, "OK", ResponseCode("HIGHESTMODSEQ", (42,)), "Highest"),
        StatusResponse("A3", "OK", ResponseCode("READ-WRITE"), "Select completed (0.001 + 0.000 secs)."),
    ]


def test_dovecot_mailboxes_and_vanished() -> None:
    found = read_all([DOVECOT])
    assert found[11:15] == [
        ListData(frozenset({"\\HasNoChildren", "\\Sent"}), "/", "Sent", b"Sent"),
        ListData(frozenset({"\\HasChildren"}), "/", 'with "mark', b'with "mark'),
        StatusData(
            "Sent",
            {
                "MESSAGES": 3,
                "UIDNEXT": 19,
                "UIDVALIDITY": 1763800000,
                "UNSEEN": 1,
                "HIGHESTMODSEQ": 42,
                "SIZE": 9812,
            },
            raw_name=b"Sent",
        ),
        VanishedData(True, UidSet.from_string("1:4,9")),
    ]


def test_dovecot_fetch() -> None:
    whole, part = (response for response in read_all([DOVECOT]) if isinstance(response, FetchData))
    ann = (Address("Ann Lee", "ann", "example.org"),)
    assert (whole.seq, whole.uid, whole.modseq, whole.size) == (2, 17, 41, 3021)
    assert whole.flags == frozenset({"\\Seen"})
    assert whole.internal_date == datetime(2026, 11, 22, 9, 10, 11, tzinfo=timezone(timedelta(hours=1)))
    assert whole.envelope == Envelope(
        date="Sun, 22 Nov 2026 09:10:11 +0100",
        subject='Say "hello" \\ twice',
        from_=ann,
        sender=ann,
        reply_to=ann,
        to=(Address(None, "bob", "example.net"),),
        message_id="<1@example.org>",
    )
    assert whole.body is not None
    assert [(p.section, p.content_type, p.filename) for p in whole.body.walk()] == [
        ("TEXT", "multipart/mixed", None),
        ("1", "text/plain", None),
        ("2", "image/png", "pixel.png"),
    ]
    assert part.sections == {"HEADER.FIELDS (DATE FROM)": b"Date: today\r\nFrom: ann@a.org\r\n\r\n", "TEXT<0>": b""}


def test_dovecot_tagged_answers() -> None:
    tail = read_all([DOVECOT])[-7:]
    assert tail == [
        EsearchData("A9", True, min=2, max=18, count=3, all=UidSet.from_string("2,17:18")),
        StatusResponse(None, "OK", None, "Still here"),
        StatusResponse("A9", "OK", None, "Search completed."),
        StatusResponse(
            "A10",
            "OK",
            ResponseCode("COPYUID", (1763800001, UidSet.from_string("17:18"), UidSet.from_string("4:5"))),
            "Copy completed.",
        ),
        StatusResponse("A11", "OK", ResponseCode("APPENDUID", (1763800000, UidSet([(19, 19)]))), "Append completed."),
        StatusResponse(None, "BYE", None, "Logging out"),
        StatusResponse("A12", "OK", None, "Logout completed."),
    ]


def test_gmail() -> None:
    found = read_all([GMAIL])
    assert found[2:5] == [
        ListData(frozenset({"\\HasChildren", "\\Noselect"}), "/", "[Gmail]", b"[Gmail]"),
        ListData(frozenset({"\\All", "\\HasNoChildren"}), "/", "[Gmail]/All Mail", b"[Gmail]/All Mail"),
        ListData(frozenset({"\\HasNoChildren"}), "/", "Café/+*~", b"Caf&AOk-/+*~"),
    ]
    assert found[5] == FetchData(
        5,
        uid=77,
        flags=frozenset({"\\Seen", "$Phishing"}),
        gm_thrid=1849001122334455667,
        gm_msgid=1849001122334455668,
        gm_labels=("\\Inbox", "\\Sent", "Café", "two words"),
    )
    assert found[6] == FetchData(6, uid=78, size=120, sections={"": b"Subject: x\r\n"})
    assert found[7] == StatusResponse("A5", "NO", ResponseCode("ALERT"), "Too many simultaneous connections. (Failure)")
    assert found[8] == StatusResponse(
        "A6", "NO", ResponseCode("WEBALERT", ("https://accounts.example.com/x?a=b",)), "Web login required."
    )
    assert found[9] == StatusResponse("A7", "BAD", None, "Could not parse command")


def test_exchange() -> None:
    found = read_all([EXCHANGE])
    assert found[2] == ListData(frozenset({"\\HasNoChildren"}), "/", "Sent Items", b"Sent Items")
    fetched = found[3]
    assert isinstance(fetched, FetchData)
    assert fetched.uid == 9
    assert fetched.envelope == Envelope(subject="Re: plan", from_=(Address("Carl", "carl", ""),))
    assert fetched.body is not None
    html, broken = fetched.body.parts
    assert (html.content_type, html.disposition, html.size) == ("text/html", "inline", 700)
    assert (broken.section, broken.content_type, broken.size) == ("2", "application/octet-stream", None)
    assert fetched.body.language == ("en-US",)
    assert found[-2:] == [
        UnknownData("", b"Server Unavailable. 15"),
        StatusResponse(None, "BYE", None, "Connection closed. 14"),
    ]


def test_yahoo() -> None:
    found = read_all([YAHOO])
    assert found[1] == FetchData(4, uid=12, flags=frozenset({"$NotJunk", "\\Seen"}), size=99)
    assert found[2] == SearchData(UidSet.from_iterable([9, 3, 12]))
    assert found[3] == StatusResponse(
        "A4", "NO", ResponseCode("SERVERBUG"), "UID FETCH Server error - Please try again later"
    )


def test_mail_ru() -> None:
    found = read_all([MAIL_RU])
    assert found[1] == ExistsData(7)
    assert found[2] == StatusData("Привет", {"MESSAGES": 7}, raw_name=b"&BB8EQAQ4BDIENQRC-")
    assert found[3] == FetchData(
        7,
        uid=31,
        size=2048,
        flags=frozenset({"\\Seen", "\\Answered"}),
        internal_date=datetime(2026, 1, 5, 7, 8, 9, tzinfo=UTC),
    )


def test_untidy() -> None:
    assert read_all([UNTIDY]) == [
        StatusResponse(None, "OK", ResponseCode("UIDVALIDITY", (5,)), "padded {7}"),
        FetchData(1, uid=3, flags=frozenset()),
        FetchData(
            2,
            uid=4,
            flags=frozenset(),
            envelope=Envelope(subject='He said "no" to it', message_id="<q@example.org>"),
        ),
        FetchData(3, uid=5, flags=frozenset({"\\Seen"}), sections={"1": None}),
        FetchData(4, uid=6, sections={"1.MIME<0>": b"a\0b"}),
        FetchData(0, uid=8),
        ExistsData(9),
        UnknownData("XUNHEARD", b"* XUNHEARD (of {3}\r\n)"),
        VanishedData(False, UidSet([(1, 3), (9, 9)])),
        ContinuationRequest(b""),
        ContinuationRequest(b""),
        ContinuationRequest(b"VXNlciBOYW1lAA=="),
    ]


@pytest.mark.parametrize(
    ("line", "response"),
    [
        (b"* 12 EXPUNGE", ExpungeData(12)),
        (b"* 12 expunge", ExpungeData(12)),
        (b"* BYE", StatusResponse(None, "BYE", None, "")),
        (b"* PREAUTH ready", StatusResponse(None, "PREAUTH", None, "ready")),
        (b"* ok fine", StatusResponse(None, "OK", None, "fine")),
        (b"* -1 EXISTS", UnknownData("", b"* -1 EXISTS")),
        (b"* 1 STRANGE x", UnknownData("STRANGE", b"* 1 STRANGE x")),
        (b"* THREAD (1)(2 3)", UnknownData("THREAD", b"* THREAD (1)(2 3)")),
        (b"* ", UnknownData("", b"* ")),
        (b"HTTP/1.1 400 Bad Request", UnknownData("", b"HTTP/1.1 400 Bad Request")),
    ],
)
def test_single_lines(line: bytes, response: object) -> None:
    assert read_one(line + b"\r\n") == response


@pytest.mark.parametrize(
    ("line", "offset"),
    [
        (b"* 4 FETCH UID 3", 10),
        (b"* LIST INBOX", 7),
        (b'* LIST () "/" "INBOX', 14),
        (b"* LIST () NIL", 13),
        (b"* STATUS INBOX", 14),
        (b'* FLAGS (\\Seen "x)', 15),
        (b"* NAMESPACE ((", 14),
        (b"* 99999999999999999999 EXISTS", 2),
        (b"* QUOTA x", 8),
        (b"* FLAGS ({3}\r\nabc \\Seen", 23),
    ],
)
def test_what_has_no_shape_is_an_error_that_says_where(line: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError, match=r"near b'") as caught:
        read_one(line + b"\r\n")
    assert caught.value.offset == offset


def mutations(data: bytes, seed: int) -> Iterator[bytes]:
    """Endless variations of `data`: octets changed, cut out, doubled, and IMAP's own characters put in."""
    chance = random.Random(seed)
    spice = (*(bytes([octet]) for octet in b'"(){}\\[]\0\xff -'), b"\r\n", b"{9}\r\n", b"NIL", b"-1", b"9" * 30)
    while True:
        changed = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(changed))
            match chance.randrange(4):
                case 0:
                    changed[at : at + chance.randint(1, 20)] = b""
                case 1:
                    changed[at:at] = chance.choice(spice)
                case 2:
                    changed[at] = chance.randrange(256)
                case _:
                    changed[at:at] = changed[at : at + chance.randint(1, 60)]
        yield bytes(changed)


@pytest.mark.parametrize("name", ALL)
def test_nothing_but_protocol_errors_ever_escapes(name: str) -> None:
    """1,500 spoilt copies of each transcript; whatever is in them, the text read from them can be stored."""
    spoilt = mutations(ALL[name], seed=20261122)
    read = 0
    for _ in range(1_500):
        with suppress(RemoteProtocolError):
            found = read_all([next(spoilt)])
            read += len(found)
            repr(found).encode("utf-8")
    assert read > 1_500 * 3, "the spoilt copies are so broken that nothing is tested"
