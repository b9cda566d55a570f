"""New mail is announced while an attachment of the same account is downloaded: IDLE and downloads do not meet."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.api.handlers.mail.test_long_downloads import SIZE, message_of
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import PATIENCE, TOKEN, Gateway, events_of, imap
from tests.live.dovecot import Dovecot

pytestmark = [pytest.mark.dovecot, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

USER = "beside@example.test"
AT_ONCE = 128 * 1024
PAUSE = 0.02


def subjects(receiver: WebhookReceiver) -> list[str]:
    return [each["data"]["subject"] for each in events_of(receiver, USER) if each["event"] == "messageNew"]


async def test_new_mail_is_announced_while_a_download_goes_on(
    gateway: Gateway, dovecot: Dovecot, receiver: WebhookReceiver
) -> None:
    await asyncio.to_thread(dovecot.deliver, USER, message_of(SIZE))
    await gateway.register(USER, imap(dovecot, USER))
    await gateway.reaches(USER, "connected")
    listed = await gateway.ask("GET", f"{gateway.path(USER)}/messages?path=INBOX&fields=attachments")
    (attached,) = (each for each in listed["messages"][0]["attachments"] if each["encodedSize"] > SIZE)
    url = f"{gateway.url}{gateway.path(USER)}/attachment/{attached['id']}"
    read = 0
    async with (
        aiohttp.ClientSession(headers={"authorization": f"Bearer {TOKEN}"}) as session,
        session.get(url) as response,
    ):
        assert response.status == 200
        for number in range(3):
            await asyncio.to_thread(dovecot.deliver, USER, b"Subject: %d\r\n\r\nhello\r\n" % number)
            async with asyncio.timeout(PATIENCE):
                while str(number) not in subjects(receiver):
                    piece = await response.content.read(AT_ONCE)
                    assert piece, "the download ended before the message was announced"
                    read += len(piece)
                    await asyncio.sleep(PAUSE)
        print(f"{read / 1e6:.1f} MB were read while three messages were announced")
        async for piece in response.content.iter_any():
            read += len(piece)
    assert read == SIZE
