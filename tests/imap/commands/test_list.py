"""LIST: what is asked for with which capabilities, and what happens when the server takes it back."""

from __future__ import annotations

import pytest

from postroom.imap.capabilities import capability_set
from postroom.imap.commands.list import List, Listing, list_mailboxes
from postroom.imap.dialogue.events import Completed, Failed, Unsolicited
from postroom.imap.errors import CommandFailed
from postroom.imap.limits import LimitExceeded
from postroom.imap.responses import ListData
from tests.imap.conversation import Conversation

EVERYTHING = capability_set({"LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE"})


def names(listing: Listing) -> list[str]:
    return [mailbox.name for mailbox in listing.mailboxes]


def subscribed(listing: Listing) -> set[str]:
    return {mailbox.name for mailbox in listing.mailboxes if "\\Subscribed" in mailbox.attributes}


def test_everything_in_one_command(conversation: Conversation) -> None:
    listing = conversation.authenticated().play_steps(
        r"""
        C: a1 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT))
        S: * LIST (\Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 3 UIDNEXT 9)
        S: * LIST (\Noselect) "/" Shared
        S: * LIST (\Sent) "/" "Gesendet"
        S: * STATUS Gesendet (MESSAGES 1 UIDNEXT 2)
        S: a1 OK done
        """,
        list_mailboxes(EVERYTHING, ("MESSAGES", "UIDNEXT")),
    )
    assert names(listing) == ["INBOX", "Shared", "Gesendet"]
    assert subscribed(listing) == {"INBOX"}
    assert {status.name: status.items["MESSAGES"] for status in listing.counters} == {"INBOX": 3, "Gesendet": 1}
    assert listing.refused == frozenset()
    assert conversation.of(Unsolicited) == []


def test_refused_counters_are_left_out_and_remembered(conversation: Conversation) -> None:
    listing = conversation.authenticated().play_steps(
        r"""
        C: a1 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES))
        S: * LIST (\Subscribed) "/" INBOX
        S: a1 BAD Command Argument Error
        C: a2 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE)
        S: * LIST (\Subscribed) "/" INBOX
        S: * LIST () "/" Work
        S: a2 OK done
        """,
        list_mailboxes(EVERYTHING, ("MESSAGES",)),
    )
    assert (names(listing), listing.counters) == (["INBOX", "Work"], ())
    assert listing.refused == {"LIST-STATUS"}


def test_a_server_that_takes_it_all_back(conversation: Conversation) -> None:
    listing = conversation.authenticated().play_steps(
        r"""
        C: a1 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES))
        S: a1 BAD no
        C: a2 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE)
        S: a2 BAD no
        C: a3 LIST "" "*"
        S: * LIST () "/" INBOX
        S: * LIST () "/" Work
        S: a3 OK done
        C: a4 LSUB "" "*"
        S: * LSUB () "/" Work
        S: a4 OK done
        """,
        list_mailboxes(EVERYTHING, ("MESSAGES",)),
    )
    assert subscribed(listing) == {"Work"}
    assert listing.refused == {"LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE"}


def test_what_was_refused_before_is_not_asked_again(conversation: Conversation) -> None:
    listing = conversation.authenticated().play_steps(
        r"""
        C: a1 LIST "" "*"
        S: * LIST () "/" INBOX
        S: a1 OK done
        C: a2 LSUB "" "*"
        S: a2 NO LSUB is not supported
        """,
        list_mailboxes(EVERYTHING, ("MESSAGES",), avoid=EVERYTHING),
    )
    assert names(listing) == ["INBOX"]


@pytest.mark.parametrize("status", ["NO", "BAD"])
def test_a_list_is_good_without_an_inbox_that_the_server_refuses_to_list(
    conversation: Conversation, status: str
) -> None:
    listing = conversation.authenticated().play_steps(
        f"""
        C: a1 LIST "" "*" RETURN (SUBSCRIBED)
        S: * LIST () "/" Work
        S: a1 OK done
        C: a2 LIST "" "INBOX"
        S: a2 {status} not here
        """,
        list_mailboxes(capability_set({"LIST-EXTENDED"})),
    )
    assert names(listing) == ["Work"]


def test_inbox_is_added_when_the_list_omits_it(conversation: Conversation) -> None:
    listing = conversation.authenticated().play_steps(
        r"""
        C: a1 LIST "" "*" RETURN (SUBSCRIBED)
        S: * LIST () "/" Work
        S: a1 OK done
        C: a2 LIST "" "INBOX"
        S: * LIST () "/" INBOX
        S: a2 OK done
        """,
        list_mailboxes(capability_set({"LIST-EXTENDED"})),
    )
    assert names(listing) == ["INBOX", "Work"]


@pytest.mark.parametrize("answer", ["NO [UNAVAILABLE] later", "NO [THROTTLED] later"])
def test_a_busy_server_is_not_asked_in_other_words(conversation: Conversation, answer: str) -> None:
    with pytest.raises(CommandFailed, match="later"):
        conversation.authenticated().play_steps(
            f'C: a1 LIST "" "*" RETURN (SUBSCRIBED)\nS: a1 {answer}', list_mailboxes(capability_set({"LIST-EXTENDED"}))
        )


def test_half_a_list_is_no_result(conversation: Conversation) -> None:
    conversation.authenticated().play('C: a1 LIST "" "*"\nS: * LIST () "/" INBOX\nS: a1 NO oops', List())
    assert conversation.of(Completed) == []
    assert len(conversation.of(Failed)) == 1


def test_the_delimiter_alone(conversation: Conversation) -> None:
    conversation.authenticated().play('C: a1 LIST "" ""\nS: * LIST (\\Noselect) "." ""\nS: a1 OK done', List("", ""))
    assert conversation.results()[0].mailboxes[0].delimiter == "."


def test_names_are_utf8_once_that_is_enabled(conversation: Conversation) -> None:
    plain = List("", "Entwürfe/%").encode(frozenset(), frozenset())
    utf8 = List("", "Entwürfe/%").encode(frozenset(), frozenset({"UTF8=ACCEPT"}))
    assert plain == [b"LIST", b" ", b'""', b" ", b'"Entw&APw-rfe/%"']
    assert utf8[-1] == '"Entwürfe/%"'.encode()


def test_a_subscription_told_in_between_is_not_part_of_the_list(conversation: Conversation) -> None:
    conversation.authenticated().play(
        'C: a1 LIST "" "*"\nS: * LSUB () "/" Old\nS: * LIST () "/" INBOX\nS: a1 OK done', List()
    )
    assert names(conversation.results()[0]) == ["INBOX"]
    assert len(conversation.of(Unsolicited)) == 1


def test_of_more_mailboxes_than_are_wanted_the_first_are_kept(conversation: Conversation) -> None:
    listing = conversation.authenticated().play_steps(
        r"""
        C: a1 LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES))
        S: * LIST () "/" INBOX
        S: * STATUS INBOX (MESSAGES 3)
        S: * LIST () "/" a
        S: * STATUS a (MESSAGES 4)
        S: * LIST () "/" b
        S: * STATUS b (MESSAGES 5)
        S: a1 OK done
        """,
        list_mailboxes(capability_set({"LIST-EXTENDED", "LIST-STATUS"}), ("MESSAGES",), most=2),
    )
    assert (names(listing), listing.left_out) == (["INBOX", "a"], 1)
    assert [status.name for status in listing.counters] == ["INBOX", "a"]


def test_ten_times_as_many_mailboxes_as_are_wanted_end_it() -> None:
    command = List(most=2)
    for _ in range(20):
        assert command.accept(ListData(frozenset(), "/", "a", b"a"))
    with pytest.raises(LimitExceeded, match="more than 20 folders"):
        command.accept(ListData(frozenset(), "/", "a", b"a"))
