"""Mail that is broken or rare, from a server that repairs nothing of it."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest

from postroom.mail.ids import message_id
from postroom.mailboxes.reading.service import Messages
from postroom.mailboxes.reading.wishes import MessageWish, TextWish
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.hostile_mail import says
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.reading.hard_answers import HARD_ANSWERS


def member(of: Any, name: str) -> Any:
    """A member of a message; a dot leads into a member, a number into a list."""
    return reduce(lambda value, key: value[int(key)] if key.isdigit() else value[key], name.split("."), of)


@pytest.mark.parametrize("name", HARD_ANSWERS)
async def test_hard_mail(visits: MailVisits, mail: FakeImapServer, name: str) -> None:
    told = HARD_ANSWERS[name]
    mail.append("u1", b"Subject: x\r\n\r\nwords")
    async with visits.folder("a", "INBOX", TimeAllowed.after(20.0)) as folder:
        id_ = message_id(folder.number, 1)
    mail.behave_now(says("UID FETCH", told.line))
    shown = await Messages(visits).read("a", id_, MessageWish(TextWish("*")), TimeAllowed.after(20.0))
    assert {each: member(shown, each) for each in told.expected} == told.expected
    assert not set(told.lacks) & set(shown)


async def test_five_hundred_levels_of_parts(visits: MailVisits, mail: FakeImapServer) -> None:
    """A structure that no reader can follow to its end is an answer all the same."""
    level = b'("text" "plain" NIL NIL NIL "7bit" 5 1)'
    structure = b"(" * 500 + level + b' "mixed")' * 500
    mail.append("u1", b"Subject: x\r\n\r\nwords")
    async with visits.folder("a", "INBOX", TimeAllowed.after(20.0)) as folder:
        id_ = message_id(folder.number, 1)
    line = b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 900 BODYSTRUCTURE %b BODY[HEADER]<0> {14}\r\nSubject: x\r\n\r\n)"
    mail.behave_now(says("UID FETCH", line % structure))
    shown = await Messages(visits).read("a", id_, MessageWish(), TimeAllowed.after(20.0))
    assert shown["headers"] == {"subject": ["x"]}
