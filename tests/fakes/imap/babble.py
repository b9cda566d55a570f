"""A mail server that gives random answers in the form of IMAP, with impossible numbers and names."""

from __future__ import annotations

from functools import partial
from random import Random

from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Session

_NUMBERS = (
    *(b"0", b"1", b"1", b"2", b"2", b"3", b"5", b"9", b"300", b"100000", b"2147483648", b"4294967294", b"4294967295"),
    *(b"4294967296", b"9223372036854775807", b"9223372036854775808", b"99999999999999999999", b"-1", b"1.0", b"x", b""),
)
_NAMES = (
    *(
        b"INBOX",
        b"inbox",
        b'"Sent"',
        b'"A/B"',
        b'"a&b"',
        b'"&AOQ-"',
        b'"&2D3-"',
        b'"&"',
        b'"%41"',
        b'""',
        b"NIL",
        b'"/"',
    ),
    *(
        b'"\xc3\xa4"',
        b'"\xff\xfe"',
        b"{4}\r\na\r\nb",
        b"{3}\r\na\0b",
        b'"' + b"a/" * 1000 + b'"',
        b'"' + b"x" * 65536 + b'"',
    ),
    *(b'"A/B/"', b'"A"', b'"*"', b'"\\"\\\\"', b"{0}\r\n", b'"INBOX/INBOX"', b'"Entw&APw-rfe"'),
)
_ATTRIBUTES = (b"\\Noselect", b"\\NonExistent", b"\\Sent", b"\\All", b"\\HasChildren", b"", b"x" * 300, b"\\Inbox")
_FLAGS = (
    b"\\Seen",
    b"\\seen",
    b"\\Recent",
    b"a",
    b"A",
    b'"a b"',
    b"{3}\r\na\nb",
    b"\xe4",
    b"f" * 999,
    b"\\*",
    b"NIL",
    b"(x)",
)
_DATES = (
    *(b'"17-Jul-2026 02:44:25 -0700"', b'"00-Jan-0000 00:00:00 +0000"', b'"31-Dec-9999 23:59:59 -1200"', b"NIL", b"7"),
    *(b'"01-Jan-0001 00:00:00 +1400"', b'"99-Foo-2026 99:99:99 +9999"', b'" 1-Jan-1970 00:00:00"'),
)
_STRINGS = (
    b"NIL",
    b'""',
    b'"x"',
    b'"=?utf-8?q?=C3?="',
    b'"=?x?b?!!!?="',
    b"{4}\r\n\r\n\0\xff",
    b'"\xf0\x9f"',
    b"7",
    b"()",
)
_BODIES = (
    *(
        b"NIL",
        b"()",
        b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)',
        b'("TEXT" "HTML" ("CHARSET" "x") "<a>" NIL "X" 99999999999 -1)',
    ),
    *(b'(("TEXT" "PLAIN" NIL NIL NIL "BASE64" 4 1)("A" "B" ("NAME" "n") NIL NIL "BASE64" NIL) "MIXED")', b'("MIXED")'),
    *(
        b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 5 NIL NIL 1)',
        b"((((((",
        b"(NIL NIL NIL NIL NIL NIL NIL)",
        b"((()()) NIL)",
    ),
)
_CODES = (b"ALERT", b"NONEXISTENT", b"EXPUNGEISSUED", b"UIDNEXT x", b"MODIFIED 1:4294967295", b"COPYUID 1 1:* 1", b"]")
_DELIMITERS = (b'"/"', b'"."', b"NIL", b'""', b'"\\\\"', b'"\xff"')
_OFFERED = (
    "CONDSTORE",
    "QRESYNC",
    "ENABLE",
    "ESEARCH",
    "NOTIFY",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "OBJECTID",
    "X-GM-EXT-1",
)


def offered_by_chance(seed: int) -> tuple[str, ...]:
    """Some of the extensions that the sync uses."""
    chance = Random(seed)
    return tuple(each for each in _OFFERED if chance.random() < 0.6)


def babbling(seed: int) -> Behaviour:
    """Accept the sign-in, then give random answers, which are the same in every run."""
    babble = Babble(Random(seed))

    async def answer(session: Session, command: Command) -> None:
        if command.name in ("LOGIN", "AUTHENTICATE", "CAPABILITY", "LOGOUT", "ID", "NAMESPACE", "ENABLE"):
            await session.answer_normally(command)
            return
        if command.name == "IDLE":
            await session.line("+ idling")
        await session.send(babble.lines(command.name, command.tag.encode()))
        if command.name == "IDLE":
            await session.read_line()
        await session.send(babble.tagged(command.tag.encode()))

    return Behaviour(on_command={"*": answer})


class Babble:
    """The random answers of such a server."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def lines(self, name: str, tag: bytes) -> bytes:
        """Untagged responses to a command."""
        kinds = {"LIST": self._list, "LSUB": self._list, "SELECT": self._opened, "EXAMINE": self._opened}
        kinds |= {"STATUS": self._status, "NOTIFY": self._status, "UID FETCH": self._fetch}
        usual = partial(self._found, tag) if name == "UID SEARCH" else kinds.get(name, self._news)
        said = [usual() for _ in range(self._chance.choice((1, 1, 1, 2, 5)))]
        said += [self._news() for _ in range(self._chance.choice((0, 0, 0, 0, 1, 3)))]
        return b"".join(self._garbled(each) + b"\r\n" for each in said if each)

    def tagged(self, tag: bytes) -> bytes:
        """The end of the answer."""
        status = self._chance.choice((b"OK",) * 12 + (b"NO", b"BAD"))
        code = b"[%b] " % self._one(_CODES) if self._chance.random() < 0.2 else b""
        return b"%b %b %bdone\r\n" % (tag, status, code)

    def _one(self, choices: tuple[bytes, ...]) -> bytes:
        return self._chance.choice(choices)

    def _number(self) -> bytes:
        return self._one(_NUMBERS)

    def _set(self) -> bytes:
        parts = (self._number() + self._one((b"", b":" + self._number())) for _ in range(self._chance.randrange(1, 5)))
        return self._one((b",", b" ")).join(parts)

    def _list(self) -> bytes:
        more = self._one((b"", b"", b' ("OLDNAME" ("x"))', b' (CHILDINFO ("SUBSCRIBED"))', b" (("))
        told = (self._one(_ATTRIBUTES), self._one(_DELIMITERS), self._one(_NAMES), more)
        return b"* LIST (%b) %b %b%b" % told

    def _status(self) -> bytes:
        items = (b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY", b"HIGHESTMODSEQ", b"MAILBOXID (x)", b"MAILBOXID")
        told = b" ".join(self._one(items) + b" " + self._number() for _ in range(4))
        return b"* STATUS %b (%b)" % (self._one(_NAMES), told)

    def _opened(self) -> bytes:
        codes = (b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ")
        told = [b"* OK [%b %b] x" % (each, self._number()) for each in codes if self._chance.random() < 0.9]
        told.append(b"* %b EXISTS" % self._number())
        told.append(b"* FLAGS (%b)" % b" ".join(self._one(_FLAGS) for _ in range(3)))
        return b"\r\n".join(told)

    def _found(self, tag: bytes) -> bytes:
        if self._chance.random() < 0.5:
            return b"* SEARCH " + self._set().replace(b":", b" ").replace(b",", b" ")
        return b'* ESEARCH (TAG "%b") UID ALL %b' % (tag, self._set())

    def _fetch(self) -> bytes:
        items = [b"UID %b" % self._number()] if self._chance.random() < 0.9 else []
        items += self._chance.sample(self._items(), k=6)
        return b"* %b FETCH (%b)" % (self._number() or b"1", b" ".join(items))

    def _items(self) -> list[bytes]:
        strings = [self._one(_STRINGS) for _ in range(4)]
        address = b"((%b NIL %b %b))" % (strings[0], strings[1], strings[2])
        to = self._one((address, b"NIL", strings[3], b"(())"))
        return [
            b"FLAGS (%b)" % b" ".join(self._one(_FLAGS) for _ in range(3)),
            b"FLAGS ()",
            b"INTERNALDATE " + self._one(_DATES),
            b"RFC822.SIZE " + (self._number() or b"1"),
            b"ENVELOPE (%b %b %b %b %b %b NIL NIL %b %b)"
            % (self._one(_DATES), strings[0], to, to, to, to, *strings[2:]),
            b"BODYSTRUCTURE " + self._one(_BODIES),
            b"MODSEQ (%b)" % self._number(),
            b"BODY[%b] {3}\r\nabc" % self._one((b"", b"1", b"HEADER", b"9.9", b"TEXT")),
            b"EMAILID (%b)" % self._one(_NAMES),
            b"X-GM-LABELS (%b)" % self._one(_NAMES),
            b"X-GM-MSGID " + (self._number() or b"1"),
        ]

    def _news(self) -> bytes:
        kinds = (b"EXISTS", b"EXPUNGE", b"RECENT")
        return self._chance.choice(
            (
                b"* %b %b" % (self._number() or b"1", self._one(kinds)),
                b"* VANISHED %b%b" % (self._one((b"", b"(EARLIER) ")), self._set()),
                b"* OK [%b] x" % self._one(_CODES),
                b"* OK [CLOSED] x",
                self._fetch(),
                self._status(),
                self._list(),
            )
        )

    def _garbled(self, said: bytes) -> bytes:
        """The answer, sometimes with a missing or wrong octet."""
        if self._chance.random() > 0.05 or not said:
            return said
        at = self._chance.randrange(len(said))
        return said[:at] + self._one((b"", b"\0", b"(", b'"', b"\xff")) + said[at + 1 :]
