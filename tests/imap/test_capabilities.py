"""Capability sets: upper case, shared, with what IMAP4rev2 and other extensions imply."""

from __future__ import annotations

import pytest

from postroom.imap.capabilities import capability_set, supports, told_capabilities
from postroom.imap.responses import ResponseCode, StatusResponse


@pytest.mark.parametrize(
    ("names", "asked", "answer"),
    [
        ({"IMAP4rev1", "idle"}, "IDLE", True),
        ({"IMAP4rev1"}, "IDLE", False),
        ({"IMAP4rev2"}, "IDLE", True),
        ({"IMAP4rev2"}, "QRESYNC", False),
        ({"LITERAL+"}, "LITERAL-", True),
        ({"LITERAL-"}, "LITERAL+", False),
        ({"QRESYNC"}, "CONDSTORE", True),
        ({"CONDSTORE"}, "QRESYNC", False),
    ],
)
def test_supports(names: set[str], asked: str, answer: bool) -> None:
    assert supports(capability_set(names), asked) is answer


def test_equal_sets_are_shared() -> None:
    assert capability_set(["IDLE", "id"]) is capability_set(["ID", "idle"])


def test_told_capabilities() -> None:
    told = StatusResponse("a1", "OK", ResponseCode("CAPABILITY", ("IMAP4REV1", "IDLE")), "in")
    assert told_capabilities(told) == {"IMAP4REV1", "IDLE"}
    assert told_capabilities(StatusResponse("a1", "OK", None, "in")) == frozenset()
