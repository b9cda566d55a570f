"""Attachments and sources: the whole, ranges, what is known already, and servers that tell wrong sizes."""

from __future__ import annotations

import base64
import binascii
import quopri
import random
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from yarl import URL

from postroom.mail.ids import attachment_id, message_id
from postroom.mailboxes.downloads.pieces import PIECE
from postroom.mailboxes.visit import TimeAllowed
from tests.api.conftest import PATIENT, Client
from tests.fakes.imap.one_part import OnePart
from tests.fakes.imap_server import FakeImapServer, answer, never_answer
from tests.fakes.waiting import eventually

# Without line ends, because quoted-printable of the standard library keeps them as they are.
LARGE = random.Random(1).randbytes(710_000).translate(None, b"\r\n")[:700_000]
SMALL = LARGE[:5_000]


def lines_of(content: bytes, width: int = 76) -> bytes:
    digits = base64.b64encode(content)
    return b"\r\n".join(digits[at : at + width] for at in range(0, len(digits), width)) + b"\r\n"


@dataclass
class Downloaded:
    """What came; `is_broken` when the connection ended before the answer did."""

    status: int
    headers: Any
    body: bytes
    is_broken: bool


async def numbered(client: Client, account: str = "a") -> int:
    """Return the number of the INBOX in ids."""
    async with client.api.downloads.visits.folder(account, "INBOX", TimeAllowed.after(20)) as folder:
        return folder.number


async def download(client: Client, path: str, method: str = "GET", **headers: str) -> Downloaded:
    """Ask for a path below the account `a`."""
    sent = {
        **PATIENT,
        "authorization": f"Bearer {client.token}",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    url = URL(f"{client.base}/v1/account/a/{path}", encoded=True)
    found, is_broken = bytearray(), False
    async with client.session.request(method, url, headers=sent) as response:
        try:
            async for piece in response.content.iter_any():
                found += piece
        except aiohttp.ClientPayloadError:
            is_broken = True
        return Downloaded(response.status, response.headers, bytes(found), is_broken)


async def attachment(client: Client, section: str = "1", method: str = "GET", **headers: str) -> Downloaded:
    number = await numbered(client)
    return await download(client, f"attachment/{attachment_id(number, 1, section)}", method, **headers)


def serve(mail: FakeImapServer, part: OnePart) -> OnePart:
    mail.append("u1", b"Subject: s\r\n\r\nx")
    mail.behave(part.behaviour())
    return part


@pytest.mark.parametrize("content", [b"", b"x", SMALL, LARGE], ids=len)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
async def test_an_attachment_arrives_as_it_was_sent(
    mailed: Client, mail: FakeImapServer, encoding: str, content: bytes
) -> None:
    content = content[:200_000] if encoding == "quoted-printable" else content
    raw = {"base64": lines_of(content), "quoted-printable": quopri.encodestring(content), "8bit": content}[encoding]
    serve(mail, OnePart(raw, encoding))
    found = await attachment(mailed)
    assert (found.status, found.body == content, found.is_broken) == (200, True, False)
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"] == 'attachment; filename="a.pdf"'
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert "private" in found.headers["cache-control"]
    if encoding != "quoted-printable" or len(content) <= len(SMALL):
        assert found.headers["content-length"] == str(len(content))
    else:
        assert found.headers["transfer-encoding"] == "chunked"
    assert found.headers["accept-ranges"] == "bytes"


async def test_the_source_arrives_as_it_is(mailed: Client, mail: FakeImapServer) -> None:
    serve(mail, OnePart(LARGE))
    id_ = message_id(await numbered(mailed), 1)
    found = await download(mailed, f"message/{id_}/source")
    assert (found.status, found.body == LARGE) == (200, True)
    assert found.headers["content-type"] == "message/rfc822"
    assert found.headers["content-length"] == str(len(LARGE))
    assert found.headers["content-disposition"] == f'attachment; filename="{id_}.eml"'


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100000-100999", 100_000, 101_000),
        ("bytes=699990-", 699_990, 700_000),
        ("bytes=-57", 699_943, 700_000),
        ("bytes=0-999999", 0, 700_000),
        ("bytes=-9999999", 0, 700_000),
        ("bytes=56-57", 56, 58),
        ("bytes=100000-600000", 100_000, 600_001),
    ],
)
@pytest.mark.parametrize("encoding", ["base64", "8bit"])
async def test_a_range_fetches_what_it_needs(
    mailed: Client, mail: FakeImapServer, encoding: str, asked: str, start: int, end: int
) -> None:
    part = serve(mail, OnePart(lines_of(LARGE) if encoding == "base64" else LARGE, encoding))
    found = await attachment(mailed, range=asked)
    assert (found.status, found.body == LARGE[start:end]) == (206, True)
    assert found.headers["content-range"] == f"bytes {start}-{end - 1}/700000"
    assert found.headers["content-length"] == str(end - start)
    assert part.octets < (end - start) * 1.4 + 8_000


async def test_a_range_of_a_small_content(mailed: Client, mail: FakeImapServer) -> None:
    serve(mail, OnePart(quopri.encodestring(SMALL), "quoted-printable"))
    found = await attachment(mailed, range="bytes=1000-1999")
    assert (found.status, found.body == SMALL[1000:2000]) == (206, True)
    whole = await attachment(mailed, range="bytes=0-1,5-6")
    assert (whole.status, whole.body == SMALL) == (200, True)


async def test_a_range_beyond_the_end(mailed: Client, mail: FakeImapServer) -> None:
    serve(mail, OnePart(lines_of(LARGE), "base64"))
    id_ = attachment_id(await numbered(mailed), 1, "1")
    refused = await mailed.get(f"/v1/account/a/attachment/{id_}", headers={"range": "bytes=700000-"})
    assert (refused.status, refused.body["code"]) == (416, "RangeNotSatisfiable")
    assert refused.headers["content-range"] == "bytes */700000"


async def test_a_range_of_content_that_changed_is_answered_whole(mailed: Client, mail: FakeImapServer) -> None:
    serve(mail, OnePart(lines_of(LARGE), "base64"))
    found = await attachment(mailed, range="bytes=0-9", if_range='"another"')
    assert (found.status, found.body == LARGE) == (200, True)
    found = await attachment(mailed, range="bytes=0-9", if_range=found.headers["etag"])
    assert (found.status, found.body) == (206, LARGE[:10])


# Content whose size nobody knows before it was counted.


def uuencoded(content: bytes) -> bytes:
    lines = (binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    return b"begin 644 a.pdf\n" + b"".join(lines) + b"`\nend\n"


UNCOUNTED = {
    "quoted-printable": (quopri.encodestring(LARGE), "quoted-printable"),
    "uuencode": (uuencoded(LARGE), "x-uuencode"),
    "irregular base64": (lines_of(LARGE, 75), "base64"),
    "a size that is wrong": (LARGE, "8bit"),
}


@pytest.fixture(params=UNCOUNTED)
def uncounted(mail: FakeImapServer, request: pytest.FixtureRequest) -> OnePart:
    raw, encoding = UNCOUNTED[request.param]
    return serve(mail, OnePart(raw, encoding, told=690_000 if encoding == "8bit" else None))


@pytest.mark.parametrize(
    ("asked", "start", "end", "total"),
    [
        ("bytes=0-0", 0, 1, "*"),
        ("bytes=100000-100999", 100_000, 101_000, "*"),
        ("bytes=100000-600000", 100_000, 600_001, "*"),
        ("bytes=699999-699999", 699_999, 700_000, "*"),
        ("bytes=699990-", 699_990, 700_000, "700000"),
        ("bytes=-57", 699_943, 700_000, "700000"),
        ("bytes=0-999999", 0, 700_000, "700000"),
        ("bytes=-9999999", 0, 700_000, "700000"),
    ],
)
async def test_a_range_of_uncounted_content(
    mailed: Client, uncounted: OnePart, asked: str, start: int, end: int, total: str
) -> None:
    found = await attachment(mailed, range=asked)
    assert (found.status, found.body == LARGE[start:end]) == (206, True)
    assert found.headers["content-range"] == f"bytes {start}-{end - 1}/{total}"
    assert found.headers["content-length"] == str(end - start)


async def test_only_what_comes_before_the_end_of_a_range_is_fetched(mailed: Client, uncounted: OnePart) -> None:
    assert (await attachment(mailed, range="bytes=100-200")).status == 206
    places = mailed.api.quotas.borrowing.pool.places
    await eventually(lambda: all(loan.is_idle for loan in places._loans), what="the download is over")
    assert uncounted.octets < 3 * PIECE


async def test_a_range_beyond_the_end_of_uncounted_content(mailed: Client, uncounted: OnePart) -> None:
    id_ = attachment_id(await numbered(mailed), 1, "1")
    for asked in ("bytes=700000-700001", "bytes=700000-", "bytes=-0"):
        refused = await mailed.get(f"/v1/account/a/attachment/{id_}", headers={"range": asked})
        assert (refused.status, refused.headers["content-range"]) == (416, "bytes */700000")


async def test_the_whole_of_uncounted_content_needs_no_count(mailed: Client, uncounted: OnePart) -> None:
    found = await attachment(mailed, range="bytes=0-")
    assert (found.status, found.body == LARGE) == (200, True)
    assert "content-length" not in found.headers
    assert uncounted.octets < 1.1 * len(uncounted.raw) + PIECE


async def test_what_was_counted_once_is_known(mailed: Client, uncounted: OnePart) -> None:
    first = await attachment(mailed)
    assert "content-length" not in first.headers
    second = await attachment(mailed)
    assert (second.headers["content-length"], second.body == LARGE) == ("700000", True)
    assert (await attachment(mailed, method="HEAD")).headers["content-length"] == "700000"
    before = uncounted.octets
    part = await attachment(mailed, range="bytes=1000-1999", if_range=first.headers["etag"])
    assert (part.status, part.body == LARGE[1000:2000]) == (206, True)
    assert part.headers["content-range"] == "bytes 1000-1999/700000"
    assert uncounted.octets - before < 3 * PIECE


async def test_a_count_that_takes_too_long_is_given_up(mailed: Client, mail: FakeImapServer) -> None:
    """The server hesitates for half of the time. The whole content is right as well, and begins in time."""
    raw, encoding = UNCOUNTED["quoted-printable"]
    part = serve(mail, OnePart(raw, encoding))

    def stops(begin: int, size: int) -> bytes:
        if len(part.asked) == 4:
            time.sleep(2.1)
        return raw[begin : begin + size]

    part.piece = stops
    found = await attachment(mailed, range="bytes=699990-", x_ee_timeout="4000")
    assert (found.status, found.body == LARGE) == (200, True)


async def test_a_count_that_turns_out_wrong_is_done_again(mailed: Client, mail: FakeImapServer) -> None:
    raw, encoding = UNCOUNTED["quoted-printable"]
    part = serve(mail, OnePart(raw, encoding))
    assert (await attachment(mailed)).body == LARGE
    part.raw = quopri.encodestring(LARGE[:500_000])
    assert (await attachment(mailed)).is_broken
    again = await attachment(mailed)
    assert (again.status, again.is_broken, again.body == LARGE[:500_000]) == (200, False, True)


async def test_a_caller_that_has_the_content_gets_no_octet(mailed: Client, mail: FakeImapServer) -> None:
    serve(mail, OnePart(SMALL))
    tag = (await attachment(mailed)).headers["etag"]
    for sent in (tag, f'"x", W/{tag}', "*"):
        known = await attachment(mailed, if_none_match=sent)
        assert (known.status, known.body, known.headers["etag"]) == (304, b"", tag)
    assert (await attachment(mailed, if_none_match='"x"')).status == 200


async def test_head_tells_the_size(mailed: Client, mail: FakeImapServer) -> None:
    part = serve(mail, OnePart(lines_of(LARGE), "base64"))
    found = await attachment(mailed, method="HEAD", range="bytes=0-9")
    assert (found.status, found.body, found.headers["content-length"]) == (200, b"", "700000")
    assert part.octets < 10_000


# Servers that tell wrong sizes, and content that is not as it seemed.


@pytest.mark.parametrize("told", [1, 5_001, 100_000, 690_000, 710_000, PIECE, PIECE + 1])
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=len)
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
async def test_a_wrong_size_does_no_harm(
    mailed: Client, mail: FakeImapServer, encoding: str, content: bytes, told: int
) -> None:
    serve(mail, OnePart(lines_of(content) if encoding == "base64" else content, encoding, told=told))
    found = await attachment(mailed)
    assert (found.status, found.body == content, found.is_broken) == (200, True, False)


async def test_lines_of_another_length_in_the_middle_break_the_first_download_and_not_the_second(
    mailed: Client, mail: FakeImapServer
) -> None:
    regular = lines_of(LARGE)
    raw = regular[:390_000] + regular[390_000:390_078].replace(b"\r\n", b"")[:1] + b"\r\n" + regular[390_003:]
    assert len(raw) == len(regular)
    serve(mail, OnePart(raw, "base64"))
    first = await attachment(mailed)
    assert (first.status, first.is_broken) == (200, True)
    assert len(first.body) < int(first.headers["content-length"]) == len(LARGE)
    second = await attachment(mailed)
    assert (second.status, second.is_broken) == (200, False)
    assert "content-length" not in second.headers
    assert second.body[:284_000] == LARGE[:284_000]


@pytest.mark.parametrize("encoding", ["8bit", "base64"])
async def test_a_server_that_ends_early_breaks_the_answer(mailed: Client, mail: FakeImapServer, encoding: str) -> None:
    raw = lines_of(LARGE) if encoding == "base64" else LARGE
    part = serve(mail, OnePart(raw, encoding))

    def ends(begin: int, size: int) -> bytes:
        return b"" if begin == 2 * PIECE else raw[begin : begin + size]

    part.piece = ends
    found = await attachment(mailed)
    assert (found.status, found.is_broken) == (200, True)
    assert len(found.body) < int(found.headers["content-length"])


async def test_a_server_that_fails_later_breaks_a_chunked_answer_too(mailed: Client, mail: FakeImapServer) -> None:
    raw = quopri.encodestring(LARGE)
    part = serve(mail, OnePart(raw, "quoted-printable"))
    part.piece = lambda begin, size: "left out" if begin == 2 * PIECE else raw[begin : begin + size]
    found = await attachment(mailed)
    assert (found.status, found.is_broken, found.headers["transfer-encoding"]) == (200, True, "chunked")
    part.piece = None
    assert (await attachment(mailed)).body == LARGE


async def test_short_pieces_are_put_together(mailed: Client, mail: FakeImapServer) -> None:
    raw = lines_of(LARGE)
    part = serve(mail, OnePart(raw, "base64"))
    part.piece = lambda begin, size: raw[begin : begin + min(size, 50_000)]
    assert (await attachment(mailed)).body == LARGE


# Answers of failure, before the first octet.


@pytest.mark.parametrize("told", [SMALL, LARGE], ids=len)
@pytest.mark.parametrize("gives", [None, b"", "left out"])
async def test_no_content_is_an_error_and_no_empty_file(
    mailed: Client, mail: FakeImapServer, told: bytes, gives: bytes | str | None
) -> None:
    serve(mail, OnePart(told, piece=lambda _begin, _size: gives))
    number = await numbered(mailed)
    refused = await mailed.get(f"/v1/account/a/attachment/{attachment_id(number, 1, '1')}")
    assert (refused.status, refused.body["code"]) == (502, "IncompleteAnswer")


async def test_parts_and_messages_that_are_not_there(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: s\r\n\r\nx")
    number = await numbered(mailed)

    async def code(path: str) -> tuple[int, str]:
        found = await mailed.get(f"/v1/account/a/{path}")
        return found.status, found.body["code"]

    assert await code(f"attachment/{attachment_id(number, 1, '2')}") == (404, "NotFound")
    assert await code(f"attachment/{attachment_id(number, 9, '1')}") == (404, "MessageNotFound")
    assert await code(f"message/{message_id(number, 9)}/source") == (404, "MessageNotFound")
    assert await code(f"message/{message_id(number + 9, 1)}/source") == (404, "MessageNotFound")
    assert await code("attachment/nonsense") == (400, "InvalidId")
    assert await code(f"attachment/{message_id(number, 1)}") == (400, "InvalidId")
    assert await code("message/nonsense/source") == (400, "InvalidId")


async def test_a_multipart_is_no_file(mailed: Client, mail: FakeImapServer) -> None:
    inner = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 2 1)'
    serve(mail, OnePart(b"hi", structure=f'(({inner}{inner} "ALTERNATIVE"){inner} "MIXED")'))
    number = await numbered(mailed)
    refused = await mailed.get(f"/v1/account/a/attachment/{attachment_id(number, 1, '1')}")
    assert (refused.status, refused.body["code"]) == (404, "NotFound")
    assert (await attachment(mailed, "1.2")).body == b"hi"


async def test_a_refusal_and_silence(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: s\r\n\r\nx")
    id_ = message_id(await numbered(mailed), 1)
    path = f"/v1/account/a/message/{id_}/source"
    mail.behave_now(answer("UID FETCH", tagged="NO [SERVERBUG] The disk is on fire"))
    refused = await mailed.get(path)
    assert (refused.status, refused.body["info"]) == (502, {"response": "The disk is on fire"})
    mail.behave_now(never_answer("UID FETCH"))
    silent = await mailed.get(path, headers={"x-ee-timeout": "300"})
    assert (silent.status, silent.body["code"], silent.body["ttl"]) == (504, "Timeout", 300)


@pytest.mark.parametrize(
    ("structure", "kind", "name"),
    [
        ('("TEXT" "HTML" ("CHARSET" "koi8-r") NIL NIL "8BIT" 5 1)', "text/html; charset=koi8-r", "attachment"),
        ('("IMAGE" "SVG+XML" ("NAME" "../../x.svg") NIL NIL "8BIT" 5)', "image/svg+xml", "x.svg"),
        ('("A B" "C;D" NIL NIL NIL "8BIT" 5)', "application/octet-stream", "attachment"),
        ('("TEXT" "PLAIN" ("CHARSET" "x; boundary=y") NIL NIL "8BIT" 5 1)', "text/plain", "attachment"),
        ('("APPLICATION" "MS-TNEF" ("NAME" "winmail.dat") NIL NIL "8BIT" 5)', "application/ms-tnef", "winmail.dat"),
    ],
)
async def test_types_and_names_are_safe(
    mailed: Client, mail: FakeImapServer, structure: str, kind: str, name: str
) -> None:
    serve(mail, OnePart(b"12345", structure=structure))
    found = await attachment(mailed)
    assert found.headers["content-type"] == kind
    assert found.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert found.body == b"12345"


@pytest.mark.parametrize("asked", [{}, {"range": "bytes=50000-50099"}])
async def test_lines_that_turn_out_irregular_before_the_answer_begins_are_counted_at_once(
    mailed: Client, mail: FakeImapServer, asked: dict[str, str]
) -> None:
    raw = lines_of(LARGE)
    serve(mail, OnePart(raw[:68_500] + b"!" + raw[68_501:], "base64"))
    found = await attachment(mailed, **asked)
    assert (found.status, found.is_broken) == ((206 if asked else 200), False)
    assert found.body[:50] == (LARGE[50_000:50_050] if asked else LARGE[:50])
