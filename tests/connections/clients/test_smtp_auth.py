"""The dialogue of AUTH with servers that do as RFC 4954 says, and with those that do not."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import pytest
from aiosmtplib import SMTPAuthenticationError
from aiosmtplib.response import SMTPResponse

from postroom.connections.clients.smtp_auth import authenticate
from postroom.imap.credentials import Credentials

USER, PASSWORD = "u1", "pass"
BOTH = base64.b64encode(b"\0u1\0pass").decode()
BEARERS = {
    "xoauth2": base64.b64encode(b"user=u1\x01auth=Bearer pass\x01\x01").decode(),
    # RFC 7628 section 4.1.
    "oauthbearer": base64.b64encode(
        b"n,a=u1,\x01host=smtp.example.test\x01port=587\x01auth=Bearer pass\x01\x01"
    ).decode(),
}
ACCEPTED, REFUSED = SMTPResponse(235, "welcome"), SMTPResponse(535, "5.7.8 no")


@dataclass
class Server:
    """Gives the replies in turn and keeps what it was sent."""

    replies: list[SMTPResponse]
    sent: list[str] = field(default_factory=list)

    async def execute_command(self, *parts: bytes) -> SMTPResponse:
        self.sent.append(b" ".join(parts).decode())
        return self.replies.pop(0)


def challenge(text: str) -> SMTPResponse:
    return SMTPResponse(334, base64.b64encode(text.encode()).decode())


def credentials(mechanism: str) -> Credentials:
    if mechanism in ("xoauth2", "oauthbearer"):
        return Credentials(USER, access_token=PASSWORD, host="smtp.example.test", port=587)
    return Credentials(USER, PASSWORD)


async def sent(mechanism: str, *replies: SMTPResponse) -> list[str]:
    """What was sent until the server accepted."""
    server = Server(list(replies))
    await authenticate(server, mechanism, credentials(mechanism))  # type: ignore[arg-type]
    assert server.replies == []
    return server.sent


async def test_plain_goes_with_the_command_or_once_more_when_it_was_ignored() -> None:
    assert await sent("plain", ACCEPTED) == [f"AUTH PLAIN {BOTH}"]
    assert await sent("plain", SMTPResponse(334, ""), ACCEPTED) == [f"AUTH PLAIN {BOTH}", BOTH]


async def test_a_server_that_goes_on_asking_is_cancelled() -> None:
    server = Server([SMTPResponse(334, ""), SMTPResponse(334, ""), SMTPResponse(501, "cancelled")])
    with pytest.raises(SMTPAuthenticationError):
        await authenticate(server, "plain", Credentials(USER, PASSWORD))  # type: ignore[arg-type]
    assert server.sent[-1] == "*"


async def test_login_answers_what_is_asked_for() -> None:
    user, password = (base64.b64encode(text.encode()).decode() for text in (USER, PASSWORD))
    usual = (challenge("Username:"), challenge("Password:"), ACCEPTED)
    assert await sent("login", *usual) == ["AUTH LOGIN", user, password]


@pytest.mark.parametrize(("mechanism", "empty"), [("xoauth2", ""), ("oauthbearer", "AQ==")])
async def test_a_token_is_sent_once_more_unless_the_challenge_explains_a_refusal(mechanism: str, empty: str) -> None:
    said, bearer = f"AUTH {mechanism.upper()} {BEARERS[mechanism]}", BEARERS[mechanism]
    assert await sent(mechanism, ACCEPTED) == [said]
    assert await sent(mechanism, SMTPResponse(334, ""), ACCEPTED) == [said, bearer]
    server = Server([challenge('{"status":"400"}'), REFUSED])
    with pytest.raises(SMTPAuthenticationError) as caught:
        await authenticate(server, mechanism, credentials(mechanism))  # type: ignore[arg-type]
    assert server.sent == [said, empty]
    assert (caught.value.code, caught.value.message) == (535, "5.7.8 no")


@pytest.mark.parametrize("mechanism", ["plain", "login", "xoauth2", "oauthbearer"])
async def test_the_last_reply_is_the_one_that_is_raised(mechanism: str) -> None:
    with pytest.raises(SMTPAuthenticationError) as caught:
        await sent(mechanism, REFUSED)
    assert (caught.value.code, caught.value.message) == (535, "5.7.8 no")
