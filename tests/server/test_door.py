"""The door over real sockets: what it lets through, what it refuses, and that a client can read why."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from postroom.server import hall
from postroom.server.door import Door
from postroom.server.hall import PIECE, HallLimits
from tests.fakes.slowness import processor_seconds
from tests.fakes.waiting import eventually
from tests.server.serving import GET, Raw, echo, serving

CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def post(length: int, path: str = "/", *fields: str) -> bytes:
    more = "".join(f"{each}\r\n" for each in fields)
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{more}\r\n".encode()


async def check_refused(client: Raw, status: int, words: str = "") -> None:
    """The next answer refuses, in the shape of every error, and the connection ends."""
    answer = await client.answer()
    assert answer.status == status, answer
    document = answer.document
    assert (document["statusCode"], document["error"]) == (status, document["message"])
    assert document["code"]
    assert words in document["message"]
    assert answer.fields["connection"] == "close"
    assert await client.ended() == b""


async def test_one_request_after_the_other_over_one_connection() -> None:
    async with serving() as server:
        client = await server.connect()
        for path, length in (("/a", 0), ("/b", 5), ("/c", PIECE * 3 + 7)):
            client.send(post(length, path) + b"x" * length)
            assert (await client.answer()).body == b"%s %d" % (path.encode(), length)
        client.send(CHUNKED + b"3;e=f\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n")
        assert (await client.answer()).body == b"/ 5"


@pytest.mark.parametrize("size", [1, 3, 50, 100_000])
async def test_pieces_of_any_size(size: int) -> None:
    sent = (post(5, "/a") + b"hello" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n\r\n" + GET) * 2
    async with serving() as server:
        client = await server.connect()

        async def send() -> None:
            for at in range(0, len(sent), size):
                client.send(sent[at : at + size])
                await asyncio.sleep(0)

        sending = asyncio.ensure_future(send())
        bodies = [(await client.answer()).body for _ in range(6)]
        await sending
        assert bodies == [b"/a 5", b"/ 3", b"/ 0"] * 2


async def test_pipelined_requests_are_answered_in_order_and_wait_in_the_socket() -> None:
    asked: list[str] = []
    go_on = asyncio.Event()

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        if scope["path"] == "/0":
            await go_on.wait()
        body = scope["raw_path"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    async with serving(app=app) as server:
        client = await server.connect()
        requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(2000)]
        client.send(b"".join(requests) + b"x" * 16_000_000)
        await eventually(lambda: asked == ["/0"])
        await asyncio.sleep(0.1)
        assert asked == ["/0"]
        # What was not read is with the client still.
        assert client.writer.transport.get_write_buffer_size() > 4_000_000
        go_on.set()
        assert [(await client.answer()).body for _ in requests] == [b"/%d" % number for number in range(2000)]


REFUSED = [
    (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "without TLS"),
    (400, b"GET / HTTP/1.1\nHost: x\n\n", "CRLF"),
    (400, b"GET / HTTP/1.1\r\n\r\n", "Host"),
    (400, post(5, "/", "Transfer-Encoding: chunked"), "contradict"),
    (400, CHUNKED + b"zz\r\n", "chunk"),
    (413, CHUNKED + b"FFFFFFFFFFFFFFFF\r\n", "body is larger"),
    (414, b"GET /" + b"a" * 100_000, "request line"),
    (431, b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 100_000, "larger than"),
    (501, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "WebSockets"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1"),
]


@pytest.mark.parametrize("after_another", [False, True], ids=["first", "second"])
@pytest.mark.parametrize(("status", "sent", "words"), REFUSED)
async def test_what_is_no_request_is_refused(status: int, sent: bytes, words: str, after_another: bool) -> None:
    async with serving() as server:
        client = await server.connect()
        if after_another:
            client.send(GET)
            assert (await client.answer()).status == 200
        client.send(sent)
        await check_refused(client, status, words)
        assert server.refused == [status]


async def test_a_head_of_many_megabytes_is_answered_while_it_is_still_being_sent() -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20_000_000 + b"\r\n\r\n")
        await check_refused(client, 431)


@pytest.mark.parametrize("length", [100_000, 20_000_000])
async def test_an_answer_before_the_end_of_a_large_body_can_be_read(length: int) -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(post(length, "/unread") + b"x" * length)
        answer = await client.answer()
        assert (answer.status, answer.fields["connection"]) == (200, "close")
        assert await client.ended() == b""


async def test_after_an_answer_before_the_end_of_a_small_body_the_connection_goes_on() -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(post(6, "/unread") + b"abc")
        answer = await client.answer()
        assert (answer.status, "connection" in answer.fields) == (200, False)
        client.send(b"def" + GET)
        assert (await client.answer()).body == b"/ 0"


async def test_a_client_that_wants_to_close_is_not_kept_whatever_it_sent_before() -> None:
    async with serving() as server:
        client = await server.connect()
        for length in (100_000, 5):
            client.send(post(length) + b"x" * length)
            assert "connection" not in (await client.answer()).fields
        client.send(post(5, "/", "Connection: close"))
        await asyncio.sleep(0.05)
        client.send(b"hello")
        assert (await client.answer()).body == b"/ 5"
        assert await client.ended() == b""


async def test_who_waits_to_be_asked_for_a_body_that_nobody_wants_is_not_asked() -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(post(5, "/unread", "Expect: 100-continue"))
        answer = await client.answer()
        assert (answer.status, answer.fields["connection"]) == (200, "close")
        client = await server.connect()
        client.send(post(5, "/", "Expect: 100-continue"))
        assert (await client.answer()).status == 100
        client.send(b"hello")
        assert (await client.answer()).body == b"/ 5"


async def test_a_drain_has_an_end() -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.answer()).status == 501
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe|lost"):
            await send_much(client, 200)


async def send_much(client: Raw, megabytes: int) -> None:
    for _ in range(megabytes):
        client.send(b"x" * 1_000_000)
        await client.writer.drain()


QUICK = HallLimits(head_timeout=0.3, body_timeout=0.3, keep_alive=0.3)


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"", None), (GET, None), (b"GET / HT", 408), (post(5) + b"he", 408), (CHUNKED + b"5\r\nhe", 408)],
    ids=["nothing", "nothing more", "half a head", "half a body", "half a chunk"],
)
async def test_who_is_slow_is_not_waited_for(sent: bytes, status: int | None) -> None:
    async with serving(QUICK) as server:
        client = await server.connect()
        client.send(sent)
        if sent == GET:
            assert (await client.answer()).status == 200
        if status is None:
            assert await client.ended() == b""
        else:
            await check_refused(client, status, "0.3 seconds")


async def test_a_trickle_does_not_move_the_limit() -> None:
    async with serving(QUICK) as server:
        client = await server.connect()

        async def trickle() -> None:
            for octet in b"GET / HTTP/1.1\r\nA: " + b"b" * 10_000:
                client.send(bytes([octet]))
                await asyncio.sleep(0.02)

        trickling = asyncio.ensure_future(trickle())
        assert (await client.answer(30.0)).status == 408
        trickling.cancel()


async def test_a_late_body_is_told_to_the_application_as_a_client_that_left() -> None:
    ended: list[str] = []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            assert message["more_body"]
        ended.append(message["type"])

    async with serving(QUICK, app) as server:
        client = await server.connect()
        client.send(post(5))
        await check_refused(client, 408, "body")
        await eventually(lambda: ended == ["http.disconnect"])


@pytest.mark.long
async def test_an_application_may_be_slow_to_take_a_body() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(1.0)
        await echo(scope, receive, send)

    async with serving(QUICK, app) as server:
        client = await server.connect()
        client.send(post(1_000_000) + b"x" * 1_000_000)
        assert (await client.answer()).body == b"/ 1000000"


@pytest.mark.long
async def test_a_slow_answer_has_all_the_time() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await asyncio.sleep(1.0)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async with serving(QUICK, app) as server:
        client = await server.connect()
        client.send(GET)
        assert (await client.answer()).status == 200


async def test_a_client_that_goes_away_leaves_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    sent = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body"})
        sent.set()

    async with serving(app=app) as server:
        for _ in range(5):
            client = await server.connect()
            client.send(GET * 3)
            await client.reader.readexactly(10)
            client.close()
        await asyncio.wait_for(sent.wait(), 30)
    assert [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")] == []


async def test_beyond_the_limit_for_an_address_the_longest_idle_connection_goes() -> None:
    async with serving(HallLimits(per_address=2, shared=())) as server:
        first, second = await server.connect(), await server.connect()
        for client in (first, second):
            client.send(GET)
            assert (await client.answer()).status == 200
        third = await server.connect()
        assert await first.ended() == b""
        for client in (second, third):
            client.send(GET)
            assert (await client.answer()).status == 200


@pytest.mark.parametrize(
    ("limits", "status"),
    [(HallLimits(per_address=2, shared=()), 429), (HallLimits(connections=2, per_address=1), 503)],
    ids=["from one address", "in all"],
)
async def test_where_no_connection_is_idle_a_new_one_is_refused(limits: HallLimits, status: int) -> None:
    async with serving(limits) as server:
        for _ in range(2):
            client = await server.connect()
            client.send(post(5, "/held") + b"hello")
        await eventually(lambda: server.hall.inside == 2)
        await asyncio.sleep(0.05)
        late = await server.connect()
        late.send(GET)
        answer = await late.answer()
        assert (answer.status, answer.document["code"]) == (status, "TooManyConnections")
        assert answer.fields["retry-after"] == "1"
        client.close()
        await eventually(lambda: server.hall.inside == 1)
        late = await server.connect()
        late.send(GET)
        assert (await late.answer()).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        GET[:-2],
        post(50)[:-20],
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"nonsense\r\n",
    ],
    ids=["heads", "bodies", "chunks", "last answers"],
)
async def test_those_who_keep_us_waiting_keep_nobody_out(sent: bytes) -> None:
    async with serving(HallLimits(connections=4)) as server:
        slow = [await server.connect() for _ in range(12)]
        for client in slow:
            client.send(sent)
        for _ in range(3):
            client = await server.connect()
            client.send(GET)
            assert (await client.answer()).status == 200
        assert server.hall.inside <= 4


@pytest.mark.long
async def test_heads_that_are_not_whole_share_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall, "MOST_HELD", 100_000)
    async with serving() as server:
        clients = [await server.connect() for _ in range(6)]
        for client in clients[:5]:
            client.send(GET[:-2] + b"A: " + b"b" * 15_000)
            await asyncio.sleep(0.05)
        clients[5].send(GET[:-2] + (b"A: " + b"b" * 15_000 + b"\r\n") * 3)
        await check_refused(clients[5], 503)
        # What was given back is there for others.
        clients[0].send(b"\r\n\r\n")
        assert (await clients[0].answer()).status == 200
        again = await server.connect()
        again.send(GET[:-2] + (b"A: " + b"b" * 15_000 + b"\r\n") * 2 + b"\r\n")
        assert (await again.answer()).status == 200
        for client in clients[1:5]:
            client.close()
        await eventually(lambda: server.hall.inside <= 2)
        clients[0].send(GET[:-2] + (b"A: " + b"b" * 15_000 + b"\r\n") * 4 + b"\r\n")
        assert (await clients[0].answer()).status == 200
        assert server.hall._held == 0


def flood(port: int, octets: bytes, times: int) -> None:
    """Send as much as the server takes within a few seconds."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(2.0)
        until = time.monotonic() + 2.0
        try:
            for _ in range(times):
                client.sendall(octets)
                if time.monotonic() > until:
                    return
        except OSError:
            return


FLOODS: dict[str, tuple[bytes, int]] = {
    "pipelined requests": (GET * 30_000, 8),
    "one header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 1_000_000, 200),
    "many headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200_000, 50),
    "small chunks": (CHUNKED + b"1\r\nx\r\n" * 200_000, 4),
    "endless trailer": (CHUNKED + b"0\r\nA: " + b"b" * 1_000_000, 50),
}


@pytest.mark.long
@pytest.mark.parametrize("name", FLOODS)
async def test_no_flood_holds_the_event_loop(name: str) -> None:
    octets, times = FLOODS[name]
    async with serving() as server:
        turns = Turns()
        floods = [threading.Thread(target=flood, args=(server.port, octets, times)) for _ in range(8)]
        for each in floods:
            each.start()
        while any(each.is_alive() for each in floods):
            await asyncio.sleep(0.05)
        assert turns.stop() < processor_seconds(0.1)


class Turns:
    """Measures what one turn of the event loop takes at most, in seconds of this thread's own processor time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._worst = 0.0
        self._began = time.thread_time()
        self._next: Any = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        now = time.thread_time()
        self._worst = max(self._worst, now - self._began)
        self._began = now
        self._next = self._loop.call_later(0.001, self._turn)

    def stop(self) -> float:
        self._next.cancel()
        return self._worst


class Counting(asyncio.BaseTransport):
    """A transport that notes each write, and is otherwise the one it was made of."""

    def __init__(self, transport: Any, writes: list[bytes]) -> None:
        self._transport = transport
        self._writes = writes

    def write(self, data: bytes) -> None:
        self._writes.append(bytes(data))
        self._transport.write(data)

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__
        return own(self, name) if name in ("write", "_writes", "_transport") else getattr(own(self, "_transport"), name)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the door writes to its connections, call by call."""
    noted: list[bytes] = []
    made = Door.connection_made

    def counting(door: Door, transport: Any) -> None:
        made(door, Counting(transport, noted))

    monkeypatch.setattr(Door, "connection_made", counting)
    return noted


def parts(*bodies: bytes, pause: asyncio.Event | None = None) -> Any:
    """Return an application that answers with these pieces, the first of them after the pause."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        length = sum(len(body) for body in bodies)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % length)]})
        if pause is not None:
            await pause.wait()
        for number, body in enumerate(bodies, start=1):
            await send({"type": "http.response.body", "body": body, "more_body": number < len(bodies)})

    return app


async def test_head_and_body_of_an_answer_are_one_write(writes: list[bytes]) -> None:
    async with serving(app=parts(b"ab", b"cd")) as server:
        client = await server.connect()
        for _ in range(2):
            client.send(GET)
            assert (await client.answer()).body == b"abcd"
    assert [each.endswith((b"\r\n\r\nab", b"cd")) for each in writes] == [True] * 4


async def test_a_large_body_is_not_copied_behind_its_head(writes: list[bytes]) -> None:
    body = b"x" * 100_000
    async with serving(app=parts(body)) as server:
        client = await server.connect()
        client.send(GET)
        assert (await client.answer()).body == body
    assert [len(each) for each in writes][1:] == [len(body)]


async def test_a_head_is_sent_although_its_body_is_not_there_yet() -> None:
    pause = asyncio.Event()
    async with serving(app=parts(b"abc", pause=pause)) as server:
        client = await server.connect()
        client.send(GET)
        head = await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 60)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        pause.set()
        assert await client.reader.readexactly(3) == b"abc"


async def test_an_answer_without_a_body_is_sent_before_the_next_one() -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        head = await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 60)
        assert b"content-length: 4\r\n" in head
        assert (await client.answer()).body == b"/ 0"


async def test_a_refusal_follows_the_invitation_to_send_a_body() -> None:
    async with serving() as server:
        client = await server.connect()
        client.send(CHUNKED[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 60) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"zz\r\n")
        await check_refused(client, 400, "chunk")
