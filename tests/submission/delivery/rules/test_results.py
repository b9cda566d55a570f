"""What answers of servers make of a message, rule by rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.clock import iso
from postroom.connections.failures import Failure
from postroom.events.sending import DeliveryError, MessageFailed, MessageResolved, MessageSent, MessageUnknown
from postroom.smtp.replies import Reply
from postroom.smtp.transaction import Answered
from postroom.submission.delivery.rules.posting import AttemptResult, Because, Moment
from postroom.submission.delivery.rules.results import LOST_ANSWER, concluded, failed, late, lost, spoken, untouched
from postroom.submission.model import MessageState, RecipientOutcome, RecipientState, TaskKind
from postroom.submission.plan import RepliesTo, SendingPlan
from postroom.submission.transmission.parcel import Carried, Fault
from postroom.words.strangers import Words
from tests.submission.delivery.rules.postings import AT, NOW, TAKEN, again, posting, refused

HOUR = 3_600_000
BROKEN = Failure("connection", "idle", "ECONNRESET", Words("The server closed the connection"), "It is tried again.")
CUT = Fault("The server closed the connection", "ECONNRESET", "RCPT TO", BROKEN)


def states(result: AttemptResult) -> list[str]:
    return [each.state.value for each in result.addressees]


def names(result: AttemptResult) -> list[str]:
    return [event.name for event in result.events]


# The server takes it


def test_a_message_that_is_taken_is_sent() -> None:
    result = concluded(posting("a@x", "b@x"), Carried(("a@x", "b@x"), reply=TAKEN), AT)
    assert result.state is MessageState.SENT
    assert states(result) == ["sent", "sent"]
    assert result.attempts == 1
    assert result.response == "250 2.0.0 OK queued as 4711"
    assert result.was_written
    assert result.because is None
    [event] = result.events
    assert isinstance(event, MessageSent)
    assert event.data() == {
        "messageId": "<m@postroom>",
        "queueId": "0190ffffffffabcd",
        "envelope": {"from": "ann@example.com", "to": ["a@x", "b@x"]},
        "response": "250 2.0.0 OK queued as 4711",
    }


def test_a_message_id_of_the_server_is_told() -> None:
    result = concluded(posting("a@x"), Carried(("a@x",), reply=TAKEN, sent_as="<theirs@provider>"), AT)
    assert result.sent_as == "<theirs@provider>"
    [event] = result.events
    assert (event.data()["messageId"], event.data()["originalMessageId"]) == ("<theirs@provider>", "<m@postroom>")


def test_what_is_left_to_do_after_success() -> None:
    plan = SendingPlan(answers=RepliesTo("AAAA", "reply"), draft="BBBB")
    taken = Carried(("a@x",), reply=TAKEN)
    assert concluded(posting("a@x"), taken, AT).tasks == ()
    assert concluded(posting("a@x"), taken, AT, copies=True).tasks == (TaskKind.COPY,)
    assert concluded(posting("a@x", plan=plan), taken, AT).tasks == (TaskKind.MARK, TaskKind.DRAFT)
    assert concluded(posting("a@x", is_copied=True), taken, AT, copies=True).tasks == ()


# Some are refused


def test_a_refused_recipient_does_not_keep_the_others_from_it() -> None:
    carried = Carried(("a@x",), (refused("b@x", 550, "No such user", "5.1.1"),), reply=TAKEN)
    result = concluded(posting("a@x", "b@x"), carried, AT)
    assert result.state is MessageState.SENT
    assert states(result) == ["sent", "refused"]
    sent, error = result.events
    assert isinstance(sent, MessageSent)
    assert sent.posted.recipients == ("a@x",)
    assert [each.recipient for each in sent.refused] == ["b@x"]
    assert isinstance(error, DeliveryError)
    assert error.posted.recipients == ("b@x",)
    assert (error.code, error.command, error.reply, error.reply_code, error.next_attempt) == (
        "EENVELOPE",
        "RCPT TO",
        "550 5.1.1 No such user",
        550,
        None,
    )


def test_a_refused_recipient_has_the_words_and_advice() -> None:
    result = concluded(posting("b@x"), Carried(refused=(refused("b@x", 550, "No such\nuser", "5.1.1"),)), AT)
    advice = "There is no such mailbox. Check the address."
    assert result.addressees[0].outcome == RecipientOutcome(
        RecipientState.REFUSED, 550, "5.1.1", "No such user", advice
    )


def test_a_message_that_nobody_gets_has_failed() -> None:
    both = (refused("a@x", 550), refused("b@x", 553))
    result = concluded(posting("a@x", "b@x"), Carried(refused=both), AT)
    assert result.state is MessageState.FAILED
    assert names(result) == ["messageDeliveryError", "messageFailed"]
    gone = result.events[1]
    assert isinstance(gone, MessageFailed)
    assert [each.code for each in gone.recipients] == [550, 553]
    assert gone.error == "553 no"
    assert not result.was_written


def test_the_last_refusal_does_not_undo_what_was_sent_before() -> None:
    first = concluded(posting("a@x", "b@x"), Carried(("a@x",), (refused("b@x", 450),), reply=TAKEN), AT)
    assert first.state is MessageState.QUEUED
    second = concluded(again(first), Carried(refused=(refused("b@x", 550),)), AT)
    assert second.state is MessageState.SENT
    assert states(second) == ["sent", "refused"]
    assert names(second) == ["messageDeliveryError"]


def test_503_is_tried_again() -> None:
    result = concluded(posting("a@x"), Carried(refused=(refused("a@x", 503, "bad sequence"),)), AT)
    assert result.state is MessageState.QUEUED


def test_a_refusal_of_the_data_counts_for_all_accepted() -> None:
    carried = Carried(("a@x", "b@x"), reply=Reply(554, "We think it is spam", "5.7.1"))
    result = concluded(posting("a@x", "b@x"), carried, AT)
    assert result.state is MessageState.FAILED
    assert states(result) == ["refused", "refused"]
    assert result.because is not None
    assert (result.because.code, result.because.command) == ("EMESSAGE", "DATA")
    assert result.was_written


def test_a_refused_sender_counts_for_all() -> None:
    refusals = tuple(Answered(each, "MAIL FROM", Reply(550, "not you")) for each in ("a@x", "b@x"))
    result = concluded(posting("a@x", "b@x"), Carried(refused=refusals), AT)
    assert result.state is MessageState.FAILED
    assert result.because is not None
    assert result.because.command == "MAIL FROM"


# Some are deferred


def test_a_deferred_message_waits_for_its_next_attempt() -> None:
    result = concluded(posting("a@x"), Carried(("a@x",), reply=Reply(451, "try later")), AT)
    assert result.state is MessageState.QUEUED
    assert states(result) == ["deferred"]
    assert (result.attempts, result.next_at) == (1, NOW + 5000)
    [error] = result.events
    assert isinstance(error, DeliveryError)
    assert error.data()["job"] == {
        "id": "0190ffffffffabcd",
        "attemptsMade": 1,
        "attempts": 10,
        "nextAttempt": iso(NOW + 5000),
    }


def test_the_same_answer_again_is_told_again() -> None:
    carried = Carried(("a@x",), reply=Reply(451, "try later"))
    first = concluded(posting("a@x"), carried, AT)
    second = concluded(again(first), carried, AT)
    assert names(second) == ["messageDeliveryError"]
    assert (second.attempts, second.next_at) == (2, NOW + 10_000)


def test_attempts_end() -> None:
    message, told = posting("a@x", most_attempts=3), []
    for _ in range(3):
        result = concluded(message, Carried(("a@x",), reply=Reply(451, "try later")), AT)
        told += names(result)
        message = again(result)
    assert result.state is MessageState.FAILED
    assert message.addressees[0].outcome.said == "given up after 3 attempts: try later"
    assert told == ["messageDeliveryError"] * 3 + ["messageFailed"]
    last = [event for event in result.events if isinstance(event, DeliveryError)]
    assert [event.next_attempt for event in last] == [None]


def test_only_the_deferred_are_tried_again() -> None:
    carried = Carried(("a@x",), (refused("b@x", 450), refused("c@x", 550)), reply=TAKEN)
    result = concluded(posting("a@x", "b@x", "c@x"), carried, AT)
    assert result.state is MessageState.QUEUED
    assert states(result) == ["sent", "deferred", "refused"]
    assert again(result).next_recipients(None) == ("b@x",)
    sent = result.events[0]
    assert isinstance(sent, MessageSent)
    assert [each.recipient for each in sent.refused] == ["c@x"]


def test_a_deferred_recipient_is_taken_later() -> None:
    first = concluded(posting("a@x"), Carried(refused=(refused("a@x", 450, "greylisted"),)), AT)
    second = concluded(again(first), Carried(("a@x",), reply=TAKEN), AT)
    assert second.state is MessageState.SENT
    assert names(second) == ["messageSent"]


# Several transactions


def test_recipients_beyond_the_limit_are_asked_at_once() -> None:
    result = concluded(posting("a@x", "b@x"), Carried(("a@x",), untried=("b@x",), reply=TAKEN), AT)
    assert result.state is MessageState.QUEUED
    assert states(result) == ["sent", "queued"]
    assert (result.attempts, result.next_at) == (0, NOW)
    assert names(result) == ["messageSent"]
    rest = concluded(again(result), Carried(("b@x",), reply=TAKEN), AT)
    assert rest.state is MessageState.SENT
    assert rest.attempts == 1


def test_an_attempt_of_several_transactions_counts_once_and_asks_everyone() -> None:
    message = posting("a@x", "b@x", "c@x", most_attempts=2)
    asked: list[tuple[str, ...]] = []
    for _ in range(6):
        recipients = message.next_recipients(1)
        asked.append(recipients)
        result = concluded(message, Carried(refused=tuple(refused(each, 450) for each in recipients)), AT)
        message = again(result)
    assert asked == [("a@x",), ("b@x",), ("c@x",)] * 2
    assert message.attempts == 2
    assert result.state is MessageState.FAILED


# Nothing was written


def test_a_connection_lost_before_the_dot_is_tried_again() -> None:
    result = concluded(posting("a@x", "b@x"), Carried(("a@x",), untried=("b@x",), fault=CUT), AT)
    assert result.state is MessageState.QUEUED
    assert states(result) == ["deferred", "deferred"]
    assert result.attempts == 1
    [error] = result.events
    assert isinstance(error, DeliveryError)
    assert (error.code, error.command, error.reply) == ("ECONNRESET", "RCPT TO", None)
    assert result.addressees[0].outcome.advice == "It is tried again."
    assert not result.was_written


LEAVE = replace(CUT, command="MAIL FROM", reply=Reply(421, "Shutting down", "4.3.2"))


def test_the_words_of_a_server_that_takes_its_leave_are_its_reply() -> None:
    result = concluded(posting("a@x"), Carried(untried=("a@x",), fault=LEAVE), AT)
    assert (result.state, result.attempts, result.pause) == (MessageState.QUEUED, 1, None)
    outcome = result.addressees[0].outcome
    assert (outcome.state.value, outcome.code, outcome.enhanced, outcome.said) == (
        *("deferred", 421, "4.3.2"),
        "Shutting down",
    )
    [error] = result.events
    assert isinstance(error, DeliveryError)
    assert (error.code, error.command, error.reply_code) == ("EENVELOPE", "MAIL FROM", 421)
    assert error.reply == "421 4.3.2 Shutting down"
    assert result.because is not None
    assert (outcome.advice, result.because.advice) == ("It is tried again.", "It is tried again.")


def test_a_server_that_takes_its_leave_for_a_limit_pauses_the_account_and_costs_no_attempt() -> None:
    words = "Message submission rate for this client has exceeded the configured limit"
    fault = replace(LEAVE, reply=Reply(421, words, "4.4.2"))
    result = concluded(posting("a@x"), Carried(untried=("a@x",), fault=fault), AT)
    assert result.attempts == 0
    assert result.pause is not None
    assert result.pause.until == NOW + 300_000
    assert result.pause.reason == f"421 4.4.2 {words}"
    assert "limit is reached" in (result.addressees[0].outcome.advice or "")


@pytest.mark.parametrize("code", ["EENVELOPE", "EMESSAGE"])
def test_a_message_that_the_server_cannot_take_fails_at_once(code: str) -> None:
    fault = Fault("The mail server takes messages of at most 10 octets", code, "MAIL FROM")
    result = concluded(posting("a@x"), Carried(untried=("a@x",), fault=fault), AT)
    assert result.state is MessageState.FAILED
    assert result.because is not None
    assert result.because.code == code
    assert names(result) == ["messageDeliveryError", "messageFailed"]


def test_an_attempt_that_did_not_begin_changes_nothing() -> None:
    before = posting("a@x", attempts=3, states=(RecipientState.DEFERRED,))
    result = concluded(before, Carried(("a@x",)), AT)
    assert result == untouched(before, NOW)
    assert (result.state, result.attempts, result.events, result.changed) == (MessageState.QUEUED, 3, (), ())


@pytest.mark.parametrize(("state", "ends"), [(RecipientState.DEFERRED, False), (RecipientState.REFUSED, True)])
def test_a_message_without_a_connection(state: RecipientState, ends: bool) -> None:
    because = Because(Words("Nobody there"), "ECONNREFUSED")
    before = posting("a@x", "b@x", states=(RecipientState.SENT, RecipientState.QUEUED))
    result = failed(before, RecipientOutcome(state, said="Nobody there"), because, AT)
    assert result.attempts == 1
    assert states(result) == ["sent", state.value]
    assert result.state is (MessageState.SENT if ends else MessageState.QUEUED)
    assert names(result) == ["messageDeliveryError"]


# The answer is lost

LOST_TO_THE_CUT = (
    "Postroom wrote the whole message, and no valid answer came: The server closed the connection. "
    "It may have been sent."
)


def test_a_lost_answer_is_unknown_and_searched_for() -> None:
    carried = Carried(("a@x",), (refused("b@x", 550),), fault=CUT, may_have_gone=True)
    result = concluded(posting("a@x", "b@x"), carried, AT, copies=True)
    assert result.state is MessageState.UNKNOWN
    assert states(result) == ["unknown", "refused"]
    assert result.tasks == (TaskKind.FIND,)
    assert names(result) == ["messageDeliveryError", "messageUnknown"]
    unknown = result.events[1]
    assert isinstance(unknown, MessageUnknown)
    assert unknown.posted.recipients == ("a@x",)
    assert unknown.reason == LOST_TO_THE_CUT
    assert result.addressees[0].outcome.said == LOST_TO_THE_CUT
    assert result.was_written
    assert result.attempts == 1


def test_nobody_is_told_that_a_lost_message_is_tried_again() -> None:
    result = concluded(posting("a@x"), Carried(("a@x",), fault=CUT, may_have_gone=True), AT)
    assert result.because is not None
    assert result.because.message == "The server closed the connection"
    assert result.because.advice == "Look in sent mail, or ask the recipient, and then resolve the message."


def test_an_interrupted_wait_for_the_answer_is_unknown() -> None:
    result = concluded(posting("a@x"), Carried(("a@x",), may_have_gone=True, is_interrupted=True), AT)
    [unknown] = result.events
    assert isinstance(unknown, MessageUnknown)
    assert unknown.reason == LOST_ANSWER


def test_an_unknown_message_is_never_due_again_by_itself() -> None:
    carried = Carried(("a@x",), (refused("b@x", 450),), fault=CUT, may_have_gone=True)
    result = concluded(posting("a@x", "b@x"), carried, AT)
    assert result.state is MessageState.UNKNOWN
    assert states(result) == ["unknown", "deferred"]


def test_a_message_of_a_dead_process_is_unknown() -> None:
    before = posting("a@x", "b@x", states=(RecipientState.SENT, RecipientState.QUEUED))
    result = lost(before, before.next_recipients(None), Words("Postroom was stopped."), AT)
    assert result.state is MessageState.UNKNOWN
    assert states(result) == ["sent", "unknown"]
    [event] = result.events
    assert isinstance(event, MessageUnknown)
    assert (event.reason, event.posted.recipients) == ("Postroom was stopped.", ("b@x",))


def test_a_late_answer_decides_an_unknown_message() -> None:
    result = late(concluded(posting("a@x"), Carried(("a@x",), reply=TAKEN), AT))
    assert names(result) == ["messageResolved", "messageSent"]
    resolved = result.events[0]
    assert isinstance(resolved, MessageResolved)
    assert (resolved.as_, resolved.by) == ("sent", "lateAnswer")


@pytest.mark.parametrize(("code", "as_"), [(550, "failed"), (451, "retry")])
def test_a_late_refusal_decides_it_too(code: int, as_: str) -> None:
    result = late(concluded(posting("a@x"), Carried(("a@x",), reply=Reply(code, "no")), AT))
    resolved = result.events[0]
    assert isinstance(resolved, MessageResolved)
    assert resolved.as_ == as_


def test_a_late_loss_is_no_news() -> None:
    result = late(concluded(posting("a@x"), Carried(("a@x",), fault=CUT, may_have_gone=True), AT))
    assert (result.events, result.tasks) == ((), ())


# Limits of providers


LIMIT = Reply(550, "Daily user sending limit exceeded", "5.4.5")


def test_a_limit_of_the_provider_pauses_the_account_and_costs_no_attempt() -> None:
    result = concluded(posting("a@x", attempts=9), Carried(("a@x",), reply=LIMIT), AT)
    assert result.state is MessageState.QUEUED
    assert (result.attempts, result.next_at) == (9, NOW + HOUR)
    assert result.pause is not None
    assert result.pause.until == NOW + HOUR
    assert result.pause.reason == "550 5.4.5 Daily user sending limit exceeded"
    assert names(result) == ["messageDeliveryError"]


def test_the_provider_may_say_for_how_long() -> None:
    reply = Reply(451, "submission rate exceeded. Suggested Backoff Time: 90000 milliseconds", "4.7.500")
    result = concluded(posting("a@x"), Carried(("a@x",), reply=reply), AT)
    assert result.pause is not None
    assert result.pause.until == NOW + 90_000


def test_a_limit_without_an_end_costs_attempts_in_the_end() -> None:
    before = posting("a@x", attempts=9, send_at=NOW - 80 * HOUR)
    result = concluded(before, Carried(("a@x",), reply=LIMIT), AT)
    assert result.state is MessageState.FAILED
    assert result.pause is not None


# Words


def test_words_of_servers_become_one_harmless_line() -> None:
    assert spoken(Reply(550, "No\r\n\x1b[31msuch\x00 user", "5.1.1")) == "550 5.1.1 No such user"
    assert spoken(Reply(250)) == "250"


CODES = st.sampled_from([250, 421, 450, 451, 452, 500, 503, 550, 552, 554])
REPLIES = st.builds(
    Reply,
    CODES,
    st.sampled_from(["", "Too many recipients", "sending limit exceeded", "no"]),
    st.sampled_from([None, "4.5.3"]),
)


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[int, list[Carried]]:
    """A number of recipients, and what came of one transaction after the other, whoever is asked."""
    count = draw(st.integers(1, 5))
    carried = []
    for _ in range(draw(st.integers(1, 8))):
        fates = [draw(st.one_of(st.just("accepted"), st.just("untried"), REPLIES)) for _ in range(count)]
        accepted = tuple(f"{at}@x" for at, fate in enumerate(fates) if fate == "accepted")
        negative = [(f"{at}@x", each) for at, each in enumerate(fates) if isinstance(each, Reply) and each.code > 250]
        untried = tuple(f"{at}@x" for at, fate in enumerate(fates) if fate == "untried")
        reply = draw(st.one_of(st.none(), REPLIES)) if accepted else None
        gone = bool(accepted) and reply is None and draw(st.booleans())
        fault = CUT if reply is None else None
        refusals = tuple(Answered(each, "RCPT TO", said) for each, said in negative)
        carried.append(Carried(accepted, refusals, untried, reply, fault, gone))
    return count, carried


@given(exchanges())
def test_whatever_servers_answer_every_rule_holds(drawn: tuple[int, list[Carried]]) -> None:
    count, answers = drawn
    message = posting(*(f"{at}@x" for at in range(count)), most_attempts=3)
    sent: set[str] = set()
    for carried in answers:
        asked = set(message.next_recipients(None))
        shown = replace(
            carried,
            accepted=tuple(each for each in carried.accepted if each in asked),
            refused=tuple(each for each in carried.refused if each.recipient in asked),
            untried=tuple(each for each in carried.untried if each in asked),
        )
        result = concluded(message, shown, Moment(NOW, 0.5))
        taken = {each.address for each in result.changed if each.state is RecipientState.SENT}
        # Nobody is sent the message twice, and nobody who has it loses it.
        assert not taken & sent
        sent |= taken
        assert {each.address for each in result.addressees if each.state is RecipientState.SENT} == sent
        assert (result.state is MessageState.UNKNOWN) == (
            RecipientState.UNKNOWN in {each.state for each in result.addressees}
        )
        assert result.attempts in (message.attempts, message.attempts + 1)
        if result.state is MessageState.QUEUED:
            assert result.next_at >= NOW
            assert result.attempts < message.most_attempts
            assert again(result).next_recipients(None)
        if result.state in (MessageState.SENT, MessageState.FAILED):
            assert (result.state is MessageState.SENT) == bool(sent)
            assert not again(result).next_recipients(None)
        if result.state is not MessageState.QUEUED:
            break
        message = again(result)
