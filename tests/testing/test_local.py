"""The fixture `postroom`, as tests use it."""

from __future__ import annotations

import imaplib
from email.message import EmailMessage

import pytest

from postroom.client.webhooks import InvalidSignature, verify
from postroom.testing.local import LocalPostroom, NotInTime

pytestmark = pytest.mark.programs


def test_mail_that_arrives_becomes_an_event(postroom: LocalPostroom) -> None:
    account = postroom.account("shop", metadata={"tenant": "42"})
    message_id = postroom.deliver(account, subject="An order", text="Two pounds of tea, please.\n")
    event = postroom.wait_for_event("messageNew", account)
    assert (event["account"], event["data"]["subject"], event["data"]["messageId"]) == ("shop", "An order", message_id)
    message = postroom.client.messages.get("shop", str(event["data"]["id"]), text_type="plain")
    assert message["text"]["plain"] == "Two pounds of tea, please.\n"
    assert postroom.client.accounts.get("shop")["metadata"] == {"tenant": "42"}


def test_each_test_has_a_gateway_of_its_own(postroom: LocalPostroom) -> None:
    assert list(postroom.client.accounts.list()) == []
    assert postroom.sent() == []
    assert postroom.events() == []


def test_an_event_is_returned_once(postroom: LocalPostroom) -> None:
    account = postroom.account()
    for subject in ("One", "Two"):
        postroom.deliver(subject=subject)
    subjects = [postroom.wait_for_event("messageNew", account)["data"]["subject"] for _ in range(2)]
    assert sorted(map(str, subjects)) == ["One", "Two"]
    with pytest.raises(NotInTime, match=r"No \(other\) messageNew of user1@example.test .*messageNew, messageNew"):
        postroom.wait_for_event("messageNew", account, timeout=0)


def test_an_event_can_be_chosen_by_what_it_says(postroom: LocalPostroom) -> None:
    postroom.account()
    for subject in ("One", "Two"):
        postroom.deliver(subject=subject)
    second = postroom.wait_for_event("messageNew", where=lambda event: event["data"]["subject"] == "Two")
    assert second["data"]["subject"] == "Two"


def test_what_an_account_sends_is_seen_and_arrives_at_other_mailboxes(postroom: LocalPostroom) -> None:
    shop, customer = postroom.account("shop"), postroom.account("customer")
    body = {"to": [{"address": customer.mailbox.address}, {"address": "far@example.com"}], "subject": "Hi", "text": "T"}
    postroom.client.submissions.submit("shop", body)  # type: ignore[arg-type]
    (sent,) = postroom.wait_for_sent()
    assert sent.sender == shop.mailbox.address
    assert sent.recipients == (customer.mailbox.address, "far@example.com")
    assert sent.message["Subject"] == "Hi"
    assert sent.message.get_content() == "T\n"
    assert postroom.wait_for_event("messageSent", shop)["account"] == "shop"
    assert postroom.wait_for_event("messageNew", customer)["data"]["subject"] == "Hi"


def test_webhooks_arrive_signed(postroom: LocalPostroom) -> None:
    postroom.account("shop")
    webhook = postroom.wait_for_webhook("accountInitialized")
    assert webhook.event["account"] == "shop"
    assert verify(webhook.headers, webhook.body, postroom.webhook_secret)["event"] == "accountInitialized"
    with pytest.raises(InvalidSignature):
        verify(webhook.headers, webhook.body + b" ", postroom.webhook_secret)
    assert postroom.webhooks[0].event["event"] == "accountAdded"


def test_a_webhook_is_returned_once_and_a_missing_one_is_told_with_those_that_came(
    postroom: LocalPostroom,
) -> None:
    for account in ("one", "two"):
        postroom.account(account)
    told = [postroom.wait_for_webhook("accountInitialized").event["account"] for _ in range(2)]
    assert sorted(told) == ["one", "two"]
    with pytest.raises(NotInTime, match=r"No \(other\) webhook trackOpen .*: the webhooks were accountAdded"):
        postroom.wait_for_webhook("trackOpen", timeout=0)


def test_a_wrong_password_can_be_tried_and_repaired(postroom: LocalPostroom) -> None:
    box = postroom.mailbox()
    wrong = {**box.imap(), "auth": {"user": box.address, "pass": "wrong"}}
    account = postroom.account("shop", mailbox=box, imap=wrong, state="authenticationError")
    postroom.client.accounts.update("shop", {"imap": {"auth": {"user": box.address, "pass": box.password}}})
    assert postroom.wait_for_state(account, "connected")["lastError"] is None
    assert box.password not in repr(account)


def test_a_state_that_does_not_come_is_told_with_the_error(postroom: LocalPostroom) -> None:
    postroom.account("off", state=None, imap={"disabled": True, "host": "h", "port": 1})
    postroom.wait_for_state("off", "unset")
    with pytest.raises(NotInTime, match="The account off did not become connected within 0 seconds: it is unset"):
        postroom.wait_for_state("off", "connected", timeout=0)


def test_a_whole_message_is_delivered_as_it_is_into_any_folder(postroom: LocalPostroom) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Whole", "ada@example.test"
    box = postroom.mailbox("ben@example.test", "password")
    assert postroom.deliver(message=message, folder="Archive") == ""
    assert postroom.deliver(message=b"Message-ID: <a@b>\r\n\r\n", folder="Archive") == "<a@b>"
    with imaplib.IMAP4(box.host, box.imap_port) as client:
        client.login("ben@example.test", "password")
        assert client.select("Archive", readonly=True)[1] == [b"2"]


def test_events_can_go_to_the_program_under_test(postroom: LocalPostroom) -> None:
    postroom.send_webhooks_to("http://127.0.0.1:1/hook")
    assert postroom.client.settings.get("webhooks")["webhooks"] == "http://127.0.0.1:1/hook"
