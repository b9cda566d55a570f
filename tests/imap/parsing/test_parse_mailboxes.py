"""LIST, LSUB, STATUS, QUOTAROOT: names in every dress."""

from __future__ import annotations

import pytest

from postroom.imap.responses import ListData, QuotaRootData, StatusData
from tests.imap.reading import read_all, read_one


def listed(line: bytes) -> ListData:
    response = read_one(line + b"\r\n")
    assert isinstance(response, ListData)
    return response


@pytest.mark.parametrize(
    ("rest", "name", "raw_name"),
    [
        (b"INBOX", "INBOX", b"INBOX"),
        (b"inbox", "INBOX", b"inbox"),
        (b'"Inbox/x"', "Inbox/x", b"Inbox/x"),
        (b'"two words"', "two words", b"two words"),
        (b"two words", "two words", b"two words"),
        (b"[Gmail]/All Mail", "[Gmail]/All Mail", b"[Gmail]/All Mail"),
        (b'"a\\"b\\\\c"', 'a"b\\c', b'a"b\\c'),
        (b'"a"b"', 'a"b', b'a"b'),
        (b'"back\\slash"', "back\\slash", b"back\\slash"),
        (b'"Entw&APw-rfe"', "Entwürfe", b"Entw&APw-rfe"),
        ('"Entwürfe"'.encode(), "Entwürfe", "Entwürfe".encode()),
        (b'"(odd) [x]"', "(odd) [x]", b"(odd) [x]"),
        (b'{5}\r\na"(\xfc)', 'a"(ü)', b'a"(\xfc)'),
        (b"NIL", "NIL", b"NIL"),
        (b'""', "", b""),
        (b'"trailing/" ', "trailing/", b"trailing/"),
        (b"tab\there", "tab\there", b"tab\there"),
    ],
)
def test_names(rest: bytes, name: str, raw_name: bytes) -> None:
    assert listed(b'* LIST () "/" ' + rest) == ListData(frozenset(), "/", name, raw_name)


@pytest.mark.parametrize(
    ("delimiter", "found"),
    [
        (b'"/"', "/"),
        (b"NIL", None),
        (b"nil", None),
        (b'""', None),
        (b'"\\\\"', "\\"),
        (b'"\\"', "\\"),
        (b".", "."),
        (b'"|"', "|"),
    ],
)
def test_delimiters(delimiter: bytes, found: str | None) -> None:
    data = listed(b"* LIST () " + delimiter + b' "x"')
    assert (data.delimiter, data.name) == (found, "x")


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        (b"()", set()),
        (b"NIL", set()),
        (b"(\\noselect \\HASCHILDREN)", {"\\Noselect", "\\HasChildren"}),
        (b"(\\NonExistent \\Sent \\X-New)", {"\\NonExistent", "\\Sent", "\\X-New"}),
        (b'("\\Junk")', {"\\Junk"}),
    ],
)
def test_attributes_are_spelt_one_way(attributes: bytes, found: set[str]) -> None:
    assert listed(b"* LIST " + attributes + b' "/" x').attributes == found


def test_lsub_and_xlist() -> None:
    assert listed(b'* LSUB (\\Noselect) "." "#news.x"').lsub
    assert listed(b'* XLIST (\\AllMail) "/" "x"') == ListData(frozenset({"\\AllMail"}), "/", "x", b"x")


def test_extended_items() -> None:
    data = listed(b'* LIST (\\Subscribed) "/" "new &- x" ("CHILDINFO" ("subscribed") "OLDNAME" ("Entw&APw-rfe") X (y))')
    assert (data.name, data.childinfo, data.old_name) == ("new & x", ("SUBSCRIBED",), "Entwürfe")


def test_extended_items_behind_a_literal_and_with_one() -> None:
    data = listed(b'* LIST () "/" {1}\r\nx (OLDNAME ({1}\r\ny))')
    assert (data.name, data.old_name) == ("x", "y")


def test_a_thousand_mailboxes() -> None:
    lines = b"".join(b'* LIST (\\HasNoChildren) "/" "m%d"\r\n' % number for number in range(1_000))
    assert [data.name for data in read_all([lines]) if isinstance(data, ListData)] == [f"m{n}" for n in range(1_000)]


@pytest.mark.parametrize(
    ("rest", "data"),
    [
        (b"INBOX (MESSAGES 3 uidnext 9)", StatusData("INBOX", {"MESSAGES": 3, "UIDNEXT": 9}, None, b"INBOX")),
        (b'"a (b)" (UNSEEN 0)', StatusData("a (b)", {"UNSEEN": 0}, None, b"a (b)")),
        (b"Sent Items (UNSEEN 0)", StatusData("Sent Items", {"UNSEEN": 0}, None, b"Sent Items")),
        (b"{3}\r\na(b (SIZE 5)", StatusData("a(b", {"SIZE": 5}, None, b"a(b")),
        (b"x (MESSAGES -1 UNSEEN 2.0 UIDNEXT x)", StatusData("x", {"UNSEEN": 2}, None, b"x")),
        (b"x ()", StatusData("x", {}, None, b"x")),
        (b"x (MAILBOXID (F2) MESSAGES 1)", StatusData("x", {"MESSAGES": 1}, "F2", b"x")),
        (b"x (MESSAGES 1", StatusData("x", {"MESSAGES": 1}, None, b"x")),
    ],
)
def test_status(rest: bytes, data: StatusData) -> None:
    assert read_one(b"* STATUS " + rest + b"\r\n") == data


def test_quota_roots() -> None:
    assert read_one(b'* QUOTAROOT INBOX "" "user quota"\r\n') == QuotaRootData("INBOX", ("", "user quota"))
    assert read_one(b"* QUOTAROOT comp\r\n") == QuotaRootData("comp", ())
