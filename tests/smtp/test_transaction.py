"""What is asked, and what each answer decides."""

from __future__ import annotations

import pytest

from postroom.smtp.envelope import SmtpEnvelope, Unsendable
from postroom.smtp.extensions import NO_EXTENSIONS, Extensions
from postroom.smtp.replies import MalformedReply, Reply
from postroom.smtp.transaction import Answered, Transaction

OK, NO, LATER = Reply(250, "OK"), Reply(550, "No", "5.1.1"), Reply(451, "Later", "4.2.0")
ENOUGH = Reply(452, "Too many recipients", "4.5.3")
PIPELINED = Extensions(pipelining=True)


def begun(count: int = 3, offered: Extensions = NO_EXTENSIONS, **more: object) -> Transaction:
    recipients = tuple(f"r{number}@example.test" for number in range(count))
    return Transaction(SmtpEnvelope("a@example.test", recipients, 10), offered, **more)  # type: ignore[arg-type]


def names(addresses: object) -> str:
    """The numbers of the recipients."""
    return " ".join(str(each).partition("@")[0][1:] for each in addresses)  # type: ignore[attr-defined]


def run(transaction: Transaction, *replies: Reply) -> list[int]:
    """Answer every command with the next reply; return how many were written together."""
    waiting = list(replies)
    groups: list[int] = []
    while commands := transaction.next_commands():
        groups.append(len(commands))
        for _ in commands:
            transaction.answered(waiting.pop(0))
    assert waiting == []
    return groups


def test_one_command_at_a_time_or_all_together() -> None:
    for offered, more, groups in [
        (NO_EXTENSIONS, {}, [1, 1, 1, 1]),
        (PIPELINED, {}, [4]),
        (PIPELINED, {"pipelines": False}, [1, 1, 1, 1]),
    ]:
        transaction = begun(3, offered, **more)
        assert run(transaction, OK, OK, NO, LATER) == groups
        assert names(transaction.accepted) == "0"
        assert transaction.refused == [
            Answered("r1@example.test", "RCPT TO", NO),
            Answered("r2@example.test", "RCPT TO", LATER),
        ]
        assert transaction.left == ()


def test_many_are_asked_in_groups() -> None:
    transaction = begun(250, PIPELINED)
    assert run(transaction, *[OK] * 251) == [101, 101, 49]
    assert len(transaction.accepted) == 250


@pytest.mark.parametrize("offered", [NO_EXTENSIONS, PIPELINED])
def test_a_refused_sender_refuses_everyone(offered: Extensions) -> None:
    transaction = begun(3, offered, most_recipients=2)
    run(transaction, NO, *[Reply(503)] * (2 if offered.pipelining else 0))
    assert [(each.command, each.reply) for each in transaction.refused] == [("MAIL FROM", NO)] * 3
    assert (transaction.accepted, transaction.left) == ([], ())


def test_the_command_under_way() -> None:
    transaction = begun()
    assert transaction.command == "MAIL FROM"
    transaction.next_commands()
    transaction.answered(OK)
    assert transaction.command == "RCPT TO"


@pytest.mark.parametrize(
    ("ours", "theirs", "left"), [(None, None, ""), (2, None, "2"), (None, 1, "1 2"), (2, 1, "1 2"), (9, 9, "")]
)
def test_a_known_limit_leaves_the_rest_for_another_transaction(ours: int | None, theirs: int | None, left: str) -> None:
    transaction = begun(3, Extensions(most_recipients=theirs), most_recipients=ours)
    asked = 3 - len(left.split())
    run(transaction, OK, *[OK] * asked)
    assert names(transaction.left) == left
    assert len(transaction.accepted) == asked


def test_a_limit_that_shows_leaves_the_rest_for_another_transaction() -> None:
    transaction = begun(4)
    run(transaction, OK, OK, NO, ENOUGH)
    assert (names(transaction.accepted), names(transaction.left)) == ("0", "2 3")
    transaction = begun(4, PIPELINED)
    run(transaction, OK, OK, ENOUGH, OK, ENOUGH)
    assert (names(transaction.accepted), names(transaction.left), transaction.refused) == ("0 2", "1 3", [])


def test_a_limit_that_lets_nobody_in_is_a_refusal() -> None:
    transaction = begun(1)
    run(transaction, OK, ENOUGH)
    assert (names(each.recipient for each in transaction.refused), transaction.left) == ("0", ())


def test_a_reply_that_no_such_command_has() -> None:
    transaction = begun()
    transaction.next_commands()
    with pytest.raises(MalformedReply, match="354"):
        transaction.answered(Reply(354, "Go on"))


def test_what_the_server_cannot_take_is_not_begun() -> None:
    with pytest.raises(Unsendable):
        begun(1, Extensions(size=5))
