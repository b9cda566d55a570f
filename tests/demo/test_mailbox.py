"""The sandbox mailbox as an outsider uses it."""

from __future__ import annotations

import email
import email.policy

import pytest

from postroom.demo.mailbox import LOOPBACK, DeliveryFailed, letter
from postroom.demo.sandbox import sandbox


def test_a_letter_has_what_mail_has() -> None:
    message = email.message_from_bytes(letter("a@x.test", "b@x.test", "Grüße", "Hallo"), policy=email.policy.default)
    assert (message["From"], message["To"], message["Subject"]) == ("a@x.test", "b@x.test", "Grüße")
    assert message["Date"]
    assert message["Message-ID"].endswith("@example.test>")
    assert message.get_content().strip() == "Hallo"
    assert b"\xc3" not in letter("a@x.test", "b@x.test", "Grüße", "x").partition(b"\n\n")[0]


async def test_what_is_delivered_is_there_and_what_is_refused_is_said() -> None:
    async with sandbox() as running:
        mailbox = running.mailbox
        await mailbox.make_folders(["Projects"])
        await mailbox.deliver(letter("a@x.test", "b@x.test", "One", "text"), "Projects", age=3600)
        with pytest.raises(DeliveryFailed):
            await mailbox.make_folders(["Projects"])
        assert mailbox.host == LOOPBACK
        assert mailbox.password not in repr(mailbox)
