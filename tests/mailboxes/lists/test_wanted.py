"""What is asked for, and what is shown."""

from __future__ import annotations

from postroom.imap.responses import FetchData
from postroom.mailboxes.lists.wanted import EVERYTHING, WantedMembers


def test_everything_asks_for_everything_that_the_server_has() -> None:
    plain = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
    assert EVERYTHING.items(frozenset()) == plain
    assert EVERYTHING.items(frozenset({"OBJECTID"})) == (*plain, "EMAILID", "THREADID")
    assert EVERYTHING.items(frozenset({"X-GM-EXT-1"})) == (*plain, "X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS")


def test_few_members_ask_for_little() -> None:
    assert WantedMembers(frozenset({"id"})).items(frozenset()) == ("UID",)
    assert WantedMembers(frozenset({"unseen", "size"})).items(frozenset()) == ("UID", "FLAGS", "RFC822.SIZE")


def test_a_stable_id_is_asked_for_in_every_form_that_it_may_take() -> None:
    wanted = WantedMembers(frozenset({"stableId"}))
    assert wanted.items(frozenset()) == ("UID", "RFC822.SIZE", "ENVELOPE")
    assert wanted.items(frozenset({"OBJECTID"})) == ("UID", "RFC822.SIZE", "ENVELOPE", "EMAILID")
    assert wanted.items(frozenset({"X-GM-EXT-1"})) == ("UID", "RFC822.SIZE", "ENVELOPE", "X-GM-MSGID")
    flags_too = WantedMembers(frozenset({"flags", "threadId"})).items(frozenset({"OBJECTID"}))
    assert flags_too == ("UID", "FLAGS", "RFC822.SIZE", "THREADID")
    shown = wanted.shown(1, "INBOX", FetchData(1, uid=7, size=3, email_id="M7"))
    assert (set(shown), shown["stableId"]) == ({"id", "stableId"}, "e.M7")


def test_only_the_wanted_members_are_shown() -> None:
    data = FetchData(1, uid=7, flags=frozenset({"\\Flagged"}), size=3)
    shown = WantedMembers(frozenset({"size", "flagged"})).shown(1, "INBOX", data)
    assert shown == {"id": EVERYTHING.shown(1, "INBOX", data)["id"], "size": 3, "flagged": True}
