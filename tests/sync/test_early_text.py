"""The text of a new message comes with its details, and a server that cannot do that is asked as before."""

from __future__ import annotations

import pytest

from postroom.configuration.keys import Snapshot
from postroom.connections.failures import ConnectionLost
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.contents import Section, Wanted
from postroom.sync.early_text import LIMIT, MOST_MESSAGES, EarlyText, enough
from postroom.sync.folder.questions import DETAILS
from postroom.sync.whole_answers import Fetched
from tests.fakes.imap.mailstore import Mailbox
from tests.fakes.imap.messages import fetch, fetch_item
from tests.fakes.imap.session import Handler
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session
from tests.sync.live_account import LiveAccount, letter

_WANTED = Wanted(text=True, text_size=1000, headers=(), attachments=False, attachment_size=0)


def _text(size: int) -> BodyPart:
    return BodyPart("1", "text", "plain", size=size)


@pytest.mark.parametrize(
    ("needed", "came", "suffices"),
    [
        (Section("1", None, 5), b"hello", True),
        (Section("1", None, 5), b"hello, and more than was announced", True),
        (Section("1", None, 5), b"hell", False),
        (Section("1", None, 5), None, False),
        (Section("1", None, 0), b"", True),
        (Section("3", None, 5), b"hello", False),
        (Section("1", None, LIMIT - 1), b"x" * (LIMIT - 1), True),
        # It may go on after that.
        (Section("1", None, LIMIT), b"x" * LIMIT, False),
        (Section("1", None, LIMIT + 1), b"x" * LIMIT, False),
        (Section("1", None, 5), b"x" * (LIMIT + 1), False),
        # The event needs no more than its limit.
        (Section("1", 4000, 4000), b"x" * LIMIT, True),
        (Section("1", LIMIT, LIMIT), b"x" * LIMIT, True),
        (Section("1", 2 * LIMIT, 2 * LIMIT), b"x" * LIMIT, False),
    ],
)
def test_what_came_is_enough_or_counts_for_nothing(needed: Section, came: bytes | None, suffices: bool) -> None:
    data = FetchData(1, sections={"1<0>": came})
    assert enough(data, (needed,)) == ({"1<0>": came} if suffices else None)


def test_all_that_is_needed_must_have_come() -> None:
    both = (Section("1", None, 1), Section("2", None, 1))
    assert enough(FetchData(1, sections={"1<0>": b"a", "2<0>": b"b"}), both) == {"1<0>": b"a", "2<0>": b"b"}
    assert enough(FetchData(1, sections={"1<0>": b"a", "2<0>": None}), both) is None
    assert enough(FetchData(1, sections={"1<0>": b"a"}), ()) is None


@pytest.mark.parametrize("expected", [-1, 0, MOST_MESSAGES + 1])
def test_only_a_few_messages_are_asked_for_early(expected: int) -> None:
    assert EarlyText().items(1, _WANTED, 1) != ()
    assert EarlyText().items(1, _WANTED, MOST_MESSAGES) != ()
    assert EarlyText().items(1, _WANTED, expected) == ()


def test_nothing_is_asked_for_when_no_text_is_wanted() -> None:
    wanted = Wanted(text=False, text_size=1000, headers=(), attachments=True, attachment_size=1000)
    assert EarlyText().items(1, wanted, 1) == ()


@pytest.mark.parametrize(
    ("told", "goes_on"),
    [
        (Fetched({1: FetchData(1, body=_text(5), sections={"1<0>": b"hello", "2<0>": None})}, UidSet()), True),
        (Fetched({1: FetchData(1, body=_text(5), sections={"1<0>": b"hell"})}, UidSet()), True),
        (Fetched({1: FetchData(1, body=_text(0), sections={"1<0>": b""})}, UidSet()), True),
        (Fetched({1: FetchData(1)}, UidSet()), True),
        (Fetched({}, UidSet()), True),
        (Fetched({}, UidSet(), spared=True), False),
        (Fetched({1: FetchData(1, body=_text(5))}, UidSet()), False),
        (Fetched({1: FetchData(1, body=_text(5), sections={"1<0>": None})}, UidSet()), False),
        (Fetched({1: FetchData(1, body=_text(5), sections={"1<0>": b""})}, UidSet()), False),
        (Fetched({1: FetchData(1, body=_text(5), sections={"1": b"hello"})}, UidSet()), False),
        (Fetched({1: FetchData(1, sections={"1<0>": b"x" * (LIMIT + 1)})}, UidSet()), False),
        (Fetched({1: FetchData(1, sections={"2": b"x" * (LIMIT + 1)})}, UidSet()), False),
    ],
)
def test_a_server_that_answers_wrongly_is_asked_no_more(told: Fetched, goes_on: bool) -> None:
    early = EarlyText()
    early.judge(1, told)
    assert (early.items(1, _WANTED, 1) != ()) is goes_on
    assert early.items(2, _WANTED, 1) != ()


def _asks_early(command: Command) -> bool:
    return b"BODY.PEEK[1]<" in command.raw and b"ENVELOPE" in command.raw


class _Server:
    """Answers the early question in its own way, every other one properly; `asked` are the questions."""

    def __init__(self, mail: FakeImapServer, own_way: Handler = fetch) -> None:
        self.asked: list[str] = []
        self._own_way = own_way
        mail.behave(Behaviour(on_command={"UID FETCH": self._answer}))

    async def _answer(self, session: Session, command: Command) -> None:
        is_early = _asks_early(command)
        if b"BODY.PEEK" in command.raw:
            self.asked.append("early" if is_early else "details" if b"ENVELOPE" in command.raw else "text")
        await (self._own_way if is_early else fetch)(session, command)


async def _texts(account: LiveAccount) -> list[str]:
    return [each["data"]["text"]["plain"] for each in await account.events("messageNew")]


def _with_text(account: LiveAccount) -> None:
    account.settings = Snapshot("secret", notify_text=True)


async def test_one_question_brings_a_message_with_its_text(account: LiveAccount, mail: FakeImapServer) -> None:
    _with_text(account)
    server = _Server(mail)
    async with account.connected() as session:
        for subject in ("one", "two"):
            mail.append("u", letter(subject))
            await session.look()
    assert server.asked == ["early", "early"]
    assert await account.subjects() == ["one", "two"]
    assert await _texts(account) == ["hello\n", "hello\n"]


async def test_a_long_text_is_fetched_after_the_structure(account: LiveAccount, mail: FakeImapServer) -> None:
    _with_text(account)
    server = _Server(mail)
    text = b"0123456\r\n" * LIMIT
    async with account.connected() as session:
        mail.append("u", b"Subject: long\r\n\r\n" + text)
        await session.look()
    assert server.asked == ["early", "text"]
    assert await _texts(account) == [text.decode().replace("\r\n", "\n")]


async def _refuses(session: Session, command: Command) -> None:
    await session.tagged(command, "BAD", "Unknown section")


def _opened(session: Session) -> Mailbox:
    assert session.selected is not None
    return session.selected


def _says(early: bytes) -> Handler:
    """Tell the details of the newest message, and `early` instead of the beginnings of its parts."""

    async def answer(session: Session, command: Command) -> None:
        number, message = _opened(session).chosen(command.text(0), by_uid=True)[-1]
        told = b" ".join(fetch_item(item, message) for item in DETAILS)
        await session.send(b"* %d FETCH (%b%b)\r\n" % (number, told, early))
        await session.tagged(command)

    return answer


_NOTHING = _says(b"")
_NIL = _says(b" BODY[1]<0> NIL BODY[2]<0> NIL")
_MORE = _says(b" BODY[1]<0> {%d}\r\n%b" % (3 * LIMIT, b"x" * 3 * LIMIT))
_WHOLE = _says(b" BODY[1] {7}\r\nhello\r\n")


@pytest.mark.parametrize(
    "own_way", [_refuses, _NOTHING, _NIL, _MORE, _WHOLE], ids=["refuses", "nothing", "nil", "more", "whole"]
)
async def test_a_server_with_its_own_ways_loses_nothing_and_is_asked_as_before(
    account: LiveAccount, mail: FakeImapServer, own_way: Handler
) -> None:
    _with_text(account)
    server = _Server(mail, own_way)
    async with account.connected() as session:
        for subject in ("one", "two"):
            mail.append("u", letter(subject))
            await session.look()
    before = ["details", "text"]
    assert server.asked == ["early", *(before if own_way is _refuses else before[1:]), *before]
    assert await account.subjects() == ["one", "two"]
    assert await _texts(account) == ["hello\n", "hello\n"]


async def test_a_server_that_closes_the_connection_is_asked_twice(account: LiveAccount, mail: FakeImapServer) -> None:
    async def leave(session: Session, _command: Command) -> None:
        session.writer.close()

    _with_text(account)
    server = _Server(mail, leave)
    early = account.early
    async with account.connected() as session:
        mail.append("u", letter("one"))
        with pytest.raises(ConnectionLost):
            await session.look()
    # One loss may have had any cause.
    assert early.items(account.key, _WANTED, 1) != ()
    with pytest.raises(ConnectionLost):
        async with account.connected():
            pass
    assert early.items(account.key, _WANTED, 1) == ()
    async with account.connected():
        pass
    assert server.asked == ["early", "early", "details", "text"]
    assert await _texts(account) == ["hello\n"]


async def test_losses_with_good_answers_between_them_mean_nothing(account: LiveAccount) -> None:
    early = account.early
    for _ in range(3):
        early.suspect(account.key)
        early.judge(account.key, Fetched({}, UidSet()))
    assert early.items(account.key, _WANTED, 1) != ()


async def test_many_messages_are_not_asked_for_their_text_even_if_as_many_are_gone(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    _with_text(account)
    for _ in range(300):
        mail.append("u", letter("old"))
    async with account.connected():
        pass
    server = _Server(mail)
    for uid in range(1, 301):
        mail.expunge("u", uid)
    for _ in range(302):
        mail.append("u", letter("new"))
    async with account.connected():
        pass
    assert "early" not in server.asked
