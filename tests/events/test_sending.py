"""The public names and bodies of the events of sending."""

from __future__ import annotations

import orjson
import pytest

from postroom.events import sending
from postroom.events.sending import Posted, RecipientSaid
from postroom.events.types import ANNOUNCED, Event

POSTED = Posted("0f", "<1@example.com>", "anna@example.com", ("ann@example.org",))
SHARED = {
    "messageId": "<1@example.com>",
    "queueId": "0f",
    "envelope": {"from": "anna@example.com", "to": ["ann@example.org"]},
}
SAID = RecipientSaid("bob@example.org", "refused", 550, "5.1.1", "550 5.1.1 unknown", "Check the address.")
SAID_DATA = {
    "recipient": "bob@example.org",
    "state": "refused",
    "smtpResponseCode": 550,
    "enhancedCode": "5.1.1",
    "smtpResponse": "550 5.1.1 unknown",
    "advice": "Check the address.",
}


@pytest.mark.parametrize(
    ("event", "name", "data"),
    [
        (sending.MessageSent(POSTED, "250 ok"), "messageSent", {**SHARED, "response": "250 ok"}),
        (
            sending.MessageSent(POSTED, "250 ok", "<ours@example.com>", (SAID,)),
            "messageSent",
            {**SHARED, "response": "250 ok", "originalMessageId": "<ours@example.com>", "refused": [SAID_DATA]},
        ),
        (
            sending.MessageFailed(POSTED, "given up\nfor good", (SAID,)),
            "messageFailed",
            {**SHARED, "error": "given up", "recipients": [SAID_DATA]},
        ),
        (sending.MessageUnknown(POSTED, "cut"), "messageUnknown", {**SHARED, "error": "cut"}),
        (
            sending.MessageResolved(POSTED, "sent", "bounce"),
            "messageResolved",
            {**SHARED, "as": "sent", "by": "bounce"},
        ),
        (
            sending.MessageResolved(POSTED, "sent", "sentMail", "AAAA"),
            "messageResolved",
            {**SHARED, "as": "sent", "by": "sentMail", "message": "AAAA"},
        ),
        (
            sending.CopyFailed(POSTED, None, "no folder"),
            "messageCopyError",
            {**SHARED, "path": None, "error": "no folder"},
        ),
        (sending.MessageBounce({"action": "failed"}), "messageBounce", {"action": "failed"}),
        (sending.MessageComplaint({"arf": {}}), "messageComplaint", {"arf": {}}),
    ],
)
def test_events_have_their_public_name_and_data(event: Event, name: str, data: dict[str, object]) -> None:
    assert (event.name, event.data(), event.path, event.special_use) == (name, data, None, None)
    assert name in ANNOUNCED
    assert orjson.dumps(event.data())


@pytest.mark.parametrize(("next_attempt", "shown"), [("2026-01-31T12:00:00.000Z",) * 2, (None, False)])
def test_a_failed_attempt_says_when_the_next_one_is(next_attempt: str | None, shown: object) -> None:
    error = sending.DeliveryError(
        POSTED, "refused", "EENVELOPE", "RCPT TO", "550 no", 550, 2, 10, next_attempt, (SAID,)
    )
    assert error.name == "messageDeliveryError"
    assert error.data() == {
        **SHARED,
        "error": "refused",
        "errorCode": "EENVELOPE",
        "smtpResponse": "550 no",
        "smtpResponseCode": 550,
        "smtpCommand": "RCPT TO",
        "recipients": [SAID_DATA],
        "job": {"id": "0f", "attemptsMade": 2, "attempts": 10, "nextAttempt": shown},
    }
