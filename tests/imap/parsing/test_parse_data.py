"""Untagged responses without a number."""

from __future__ import annotations

import time

import pytest

from postroom.imap.limits import (
    LONGEST_CAPABILITIES,
    LONGEST_ID_VALUE,
    MOST_FLAGS,
    MOST_ID_PAIRS,
)
from postroom.imap.responses import (
    CapabilityData,
    EnabledData,
    EsearchData,
    FlagsData,
    IdData,
    Namespace,
    NamespaceData,
    QuotaData,
    Response,
    SearchData,
    VanishedData,
)
from postroom.imap.sets import MAX_NUMBER, UidSet
from tests.imap.reading import read_one


@pytest.mark.parametrize(
    ("line", "response"),
    [
        (b"* CAPABILITY IMAP4rev1 Idle  LITERAL-", CapabilityData(frozenset({"IMAP4REV1", "IDLE", "LITERAL-"}))),
        (b"* CAPABILITY", CapabilityData(frozenset())),
        (b"* ENABLED CONDSTORE qresync", EnabledData(frozenset({"CONDSTORE", "QRESYNC"}))),
        (b"* ENABLED", EnabledData(frozenset())),
        (b'* FLAGS (\\seen "\\\\Draft" $x)', FlagsData(frozenset({"\\Seen", "\\Draft", "$x"}))),
        (b"* FLAGS NIL", FlagsData(frozenset())),
        (b"* FLAGS()", FlagsData(frozenset())),
        (b"* SEARCH", SearchData(UidSet())),
        (b"* SEARCH 3 1 2", SearchData(UidSet.from_iterable([3, 1, 2]))),
        (b"* SEARCH 3 1.0 x -4 0 4294967296 99999999999999999999999", SearchData(UidSet.from_iterable([3, 1]))),
        (b"* SEARCH 2 3 (MODSEQ 917162500)", SearchData(UidSet.from_iterable([2, 3]), 917162500)),
        (b"* SORT 5 4", SearchData(UidSet.from_iterable([5, 4]))),
        (b"* ESEARCH", EsearchData(None, False)),
        (b'* ESEARCH (TAG "a1") UID', EsearchData("a1", True)),
        (b"* ESEARCH (TAG a1) COUNT 17 MIN 2 MAX 9", EsearchData("a1", False, min=2, max=9, count=17)),
        (
            b'* ESEARCH (TAG "a") uid all 1:3,9 modseq 12 X (y)',
            EsearchData("a", True, modseq=12, all=UidSet([(1, 3), (9, 9)])),
        ),
        (
            b'* ESEARCH (TAG "a2" MAILBOX "Entw&APw-rfe" UIDVALIDITY 77) UID ALL 1',
            EsearchData("a2", True, all=UidSet([(1, 1)]), mailbox="Entwürfe", uidvalidity=77),
        ),
        (b"* ESEARCH (UIDVALIDITY x MAILBOX {1}\r\na TAG) UID", EsearchData(None, True, mailbox="a")),
        (b"* VANISHED 300:310,411", VanishedData(False, UidSet([(300, 310), (411, 411)]))),
        (b"* VANISHED (EARLIER) 41", VanishedData(True, UidSet([(41, 41)]))),
        (b"* VANISHED (earlier)", VanishedData(True, UidSet())),
        (b"* VANISHED (EARLIER) 1:2,:,7 9", VanishedData(True, UidSet([(1, 2), (7, 7), (9, 9)]))),
        (
            b'* NAMESPACE (("" "/")) (("~" "/")) (("#shared/" "/") ("&BB8EQAQ4- " NIL "X" ("y")))',
            NamespaceData(
                (Namespace("", "/"),),
                (Namespace("~", "/"),),
                (Namespace("#shared/", "/"), Namespace("При ", None)),
            ),
        ),
        (b"* NAMESPACE NIL NIL NIL", NamespaceData((), (), ())),
        (b'* NAMESPACE ((NIL "/")("INBOX." "."))', NamespaceData((Namespace("INBOX.", "."),), (), ())),
        (b'* ID ("Name" "Dovecot" "support-url" NIL)', IdData({"name": "Dovecot", "support-url": None})),
        (b"* ID NIL", IdData(None)),
        (b"* ID", IdData(None)),
        (b'* QUOTA "" (STORAGE 10 512 message 5 -1 X 1)', QuotaData("", {"STORAGE": (10, 512)})),
        (b"* QUOTA root ()", QuotaData("root", {})),
    ],
)
def test_responses(line: bytes, response: Response) -> None:
    assert read_one(line + b"\r\n") == response


def test_a_vanished_range_of_everything_costs_nothing() -> None:
    assert read_one(b"* VANISHED 1:4294967295\r\n") == VanishedData(False, UidSet([(1, MAX_NUMBER)]))


def test_a_search_answer_of_a_million_uids() -> None:
    numbers = range(1_000_000, 2_000_000)
    line = b"* SEARCH " + b" ".join(b"%d" % number for number in numbers) + b"\r\n"
    begun = time.process_time()
    response = read_one(line)
    assert time.process_time() - begun < 3
    assert response == SearchData(UidSet.from_iterable(numbers))


def test_of_a_list_of_flags_the_first_thousands_are_read() -> None:
    response = read_one(b"* FLAGS (" + b" ".join(b"f%d" % number for number in range(9_999)) + b")\r\n")
    assert isinstance(response, FlagsData)
    assert len(response.flags) == MOST_FLAGS


def test_what_a_server_says_of_itself_is_bounded() -> None:
    """What many sessions say alike is kept for good, so that nothing long may be among it."""
    offered = read_one(b"* CAPABILITY " + b"X" * 9 + b" " + b"Y" * 99_999 + b"\r\n")
    assert isinstance(offered, CapabilityData)
    assert sum(map(len, offered.capabilities)) < LONGEST_CAPABILITIES
    told = read_one(b"* ID (" + b" ".join(b'"k%d" "%b"' % (key, b"v" * 1_200) for key in range(99)) + b")\r\n")
    assert isinstance(told, IdData)
    assert told.params is not None
    assert (len(told.params), len(told.params["k0"] or "")) == (MOST_ID_PAIRS, LONGEST_ID_VALUE)
