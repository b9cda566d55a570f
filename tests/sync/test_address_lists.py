"""Address lists as people's programs write them, by way of a real Dovecot; two other readers tell what they see.

Two hundred lists, each with one odd thing among good addresses. Where another reader sees something else than is there,
the table says why.
"""

from __future__ import annotations

import email
import email.policy
from random import Random
from typing import Any

import fast_mail_parser

from postroom.configuration.keys import Snapshot
from tests.live.dovecot import Dovecot
from tests.sync.live_account import live_account

Addresses = list[tuple[str, str]]
COUNT = 200

GOOD: tuple[tuple[bytes, Addresses], ...] = (
    (b"bob@example.com", [("", "bob@example.com")]),
    (b"Cy <cy@example.com>", [("Cy", "cy@example.com")]),
    (b'"Doe, Jane" <jane@example.com>', [("Doe, Jane", "jane@example.com")]),
)
ODD: dict[str, tuple[bytes, Addresses]] = {
    "an encoded name": (b"=?utf-8?Q?J=C3=B6rg?= <j@x.com>", [("Jörg", "j@x.com")]),
    "an encoded name in quotes": (b'"=?utf-8?B?SsO2cmc=?=" <j@x.com>', [("Jörg", "j@x.com")]),
    "octets in a Q word": (
        b"=?iso-8859-1?Q?J\xf6rg?= =?iso-8859-1?Q?_M\xfcller?= <j@x.com>",
        [("Jörg Müller", "j@x.com")],
    ),
    "a name in raw UTF-8": ("Jörg <j@x.com>".encode(), [("Jörg", "j@x.com")]),
    "a name in raw Windows-1252": (b'"J\xf6rg \x96 x" <j@x.com>', [("Jörg – x", "j@x.com")]),
    "a name in a comment": (b"j@x.com (Joe)", [("Joe", "j@x.com")]),
    "an encoded name in a comment": (b"j@x.com (=?utf-8?Q?J=C3=B6rg?=)", [("Jörg", "j@x.com")]),
    "a group": (b"Team: a@x.com, B <b@x.com>;", [("", "a@x.com"), ("B", "b@x.com")]),
    "an empty group": (b"undisclosed-recipients:;", []),
    "nothing between commas": (b" , ", []),
    "empty brackets": (b"<>", []),
    "a name with empty brackets": (b"Joe <>", [("Joe", "")]),
    "no domain": (b"root", [("", "root")]),
    "half a domain": (b"Ada <ada@>", [("Ada", "ada")]),
    "a name alone": (b"Ada Lovelace", [("Ada Lovelace", "")]),
    "an address literal": (b"a@[127.0.0.1]", [("", "a@[127.0.0.1]")]),
}
# Dovecot reads no further behind it.
LAST_OF_ITS_LIST = "half a domain"
NO_COMMENTS = "leaves out a comment; it is where mail programs wrote the name before RFC 822"
GIVES_UP = "gives up the whole list for it, the good addresses included"
EXPLAINED: dict[str, dict[str, str]] = {
    "octets in a Q word": {
        "library": "keeps the space between two encoded words; RFC 2047 section 6.2 leaves it out",
        "parser": "leaves such a word as it was sent; its octets are in its own charset",
    },
    "a name in raw UTF-8": {"library": "gives half surrogates, which no one can read or store"},
    "a name in raw Windows-1252": {
        "library": "gives half surrogates, which no one can read or store",
        "parser": "takes the octets for ISO 8859-1, so that a dash is a control character",
    },
    "a name in a comment": {"library": NO_COMMENTS, "parser": NO_COMMENTS},
    "an encoded name in a comment": {"library": NO_COMMENTS, "parser": NO_COMMENTS},
    "a group": {"parser": GIVES_UP},
    "an empty group": {"parser": "gives up the list, or makes what follows part of the group"},
    "nothing between commas": {"parser": GIVES_UP},
    "empty brackets": {"library": "has `<>` as an address, which is none", "parser": GIVES_UP},
    "a name with empty brackets": {"library": "has `<>` as an address, which is none", "parser": GIVES_UP},
    "no domain": {"parser": GIVES_UP},
    "half a domain": {"library": "takes the name for the address", "parser": "has `ada@`, which is no address either"},
    "a name alone": {"library": "takes the name for the address", "parser": GIVES_UP},
}
"""Why another reader sees something else than is there. Postroom is right in all of these."""


def made(number: int) -> tuple[str, bytes, Addresses]:
    """The odd thing's name, the list, and who is in it."""
    random = Random(f"addresses {number}")
    name = list(ODD)[number % len(ODD)]
    items = [*random.choices(GOOD, k=random.randint(0, 3))]
    items.insert(len(items) if name == LAST_OF_ITS_LIST else random.randint(0, len(items)), ODD[name])
    return name, b", ".join(raw for raw, _ in items), [each for _, found in items for each in found]


def message(addresses: bytes) -> bytes:
    return b"From: ada@example.com\r\nTo: " + addresses + b"\r\nSubject: x\r\nContent-Type: text/plain\r\n\r\nx\r\n"


def by_library(raw: bytes) -> Any:
    try:
        header = email.message_from_bytes(raw, policy=email.policy.default)["to"]
        return [(each.display_name, each.addr_spec) for each in header.addresses]
    except (IndexError, ValueError, AttributeError) as error:
        return error


def by_parser(raw: bytes) -> Any:
    try:
        return [(each.display_name or "", each.address) for each in fast_mail_parser.parse_email(raw).to]
    except fast_mail_parser.ParseError as error:
        return error


OTHERS = {"library": by_library, "parser": by_parser}


def append_all(dovecot: Dovecot, user: str) -> None:
    with dovecot.side_door(user) as session:
        for number in range(COUNT):
            status, answer = session.append("INBOX", "", "", message(made(number)[1]))
            assert status == "OK", answer


async def test_only_who_is_there_is_told(dovecot: Dovecot, sqlite_url: str) -> None:
    append_all(dovecot, "address-lists")
    async with live_account(sqlite_url, dovecot, "address-lists") as account:
        account.settings = Snapshot("secret", notify_text=False)
        async with account.connected():
            told = [each["data"] for each in await account.events("messageNew")]
    assert len(told) == COUNT
    for number, data in enumerate(told):
        name, addresses, there = made(number)
        assert [(each["name"], each["address"]) for each in data["to"]] == there, (name, addresses)


def test_what_other_readers_see_is_explained() -> None:
    met: dict[str, set[str]] = {}
    for number in range(COUNT):
        name, addresses, there = made(number)
        for reader, read in OTHERS.items():
            if (seen := read(message(addresses))) != there:
                assert reader in EXPLAINED.get(name, {}), (reader, name, addresses, seen)
                met.setdefault(name, set()).add(reader)
    assert met == {name: set(readers) for name, readers in EXPLAINED.items()}
