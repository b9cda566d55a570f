"""The post office of a sandbox: recipients, credentials, and what it keeps."""

from __future__ import annotations

from postroom.demo.mailbox import DemoMailbox
from postroom.demo.post_office import PostOffice, TakenMail

ADA, BEN = DemoMailbox("ada@example.test", "a", 1), DemoMailbox("ben@example.test", "b", 2)


def test_recipients_are_found_in_any_spelling_and_strangers_are_not() -> None:
    office = PostOffice([ADA, BEN])
    assert office.mailboxes_of(["BEN@example.test", "cyd@example.test"]) == [BEN]
    assert office.mailboxes_of([]) == []


def test_only_the_own_password_opens_a_mailbox() -> None:
    office = PostOffice([ADA, BEN])
    assert office.admits(b"ada@example.test", b"a")
    assert not office.admits(b"ada@example.test", b"b")
    assert not office.admits(b"cyd@example.test", b"a")


def test_it_keeps_the_last_messages_only_and_does_not_show_them() -> None:
    office = PostOffice([])
    for number in range(10_001):
        office.taken.append(TakenMail("a", (str(number),), b"geheim"))
    assert (len(office.taken), office.taken[0].recipients) == (10_000, ("1",))
    assert "geheim" not in repr(office.taken[0])
