"""The dialogue of AUTH (RFC 4954) for each mechanism, also for servers that ignore an initial response."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final, Literal

from postroom.connections.smtp_errors import SMTPAuthenticationError
from postroom.imap.commands.authenticate import messages
from postroom.imap.credentials import Credentials
from postroom.imap.sasl_login import LoginDialogue

if TYPE_CHECKING:
    from aiosmtplib.response import SMTPResponse
    from aiosmtplib.smtp import SMTP

__all__ = ["authenticate"]

_GO_ON: Final = 334
_ACCEPTED: Final = 235
_CANCEL: Final = b"*"
_TO_EXPLANATION: Final = {"XOAUTH2": b"", "OAUTHBEARER": base64.b64encode(b"\x01")}
"""What answers the challenge that explains a refusal (RFC 7628 section 3.2.3)."""


async def authenticate(client: SMTP, mechanism: str, credentials: Credentials) -> None:
    """Sign in by one mechanism, in lower case. Raises SMTPAuthenticationError with the server's last reply."""
    user, secret = credentials.user, credentials.password or credentials.access_token or ""
    match mechanism:
        case "xoauth2" | "oauthbearer":
            reply = await _bearer(client, mechanism, credentials)
        case "plain":
            reply = await _plain(client, f"\0{user}\0{secret}")
        case "login":
            reply = await _login(client, user, secret)
        case _:
            reply = await client.auth_crammd5(user, secret)
    if reply.code != _ACCEPTED:
        raise SMTPAuthenticationError(reply.code, reply.message)


async def _plain(client: SMTP, message: str) -> SMTPResponse:
    said = _encoded(message)
    reply = await client.execute_command(b"AUTH", b"PLAIN", said)
    if reply.code == _GO_ON:
        # PLAIN has no challenges (RFC 4616), so the server has ignored the initial response.
        reply = await client.execute_command(said)
    return await client.execute_command(_CANCEL) if reply.code == _GO_ON else reply


async def _bearer(client: SMTP, mechanism: str, credentials: Credentials) -> SMTPResponse:
    name: Literal["XOAUTH2", "OAUTHBEARER"] = "XOAUTH2" if mechanism == "xoauth2" else "OAUTHBEARER"
    [said] = messages(name, credentials)
    reply = await client.execute_command(b"AUTH", name.encode(), said)
    if reply.code == _GO_ON and not _explains(reply.message):
        reply = await client.execute_command(said)
    # The server explains a refusal in a challenge, and sends the refusal after an answer without content.
    return await client.execute_command(_TO_EXPLANATION[name]) if reply.code == _GO_ON else reply


async def _login(client: SMTP, user: str, password: str) -> SMTPResponse:
    """Send no initial response: several servers ignore it, and would then take the password for the user name."""
    answers = {"user": _encoded(user), "password": _encoded(password)}
    dialogue = LoginDialogue()
    reply = await client.execute_command(b"AUTH", b"LOGIN")
    while reply.code == _GO_ON:
        part = dialogue.next(reply.message.encode(errors="replace"))
        if part is None:
            return await client.execute_command(_CANCEL)
        reply = await client.execute_command(answers[part])
    return reply


def _explains(challenge: str) -> bool:
    """Return whether a challenge is the JSON that explains why a token was refused."""
    try:
        return base64.b64decode(challenge.strip(), validate=True).lstrip().startswith(b"{")
    except (binascii.Error, ValueError):
        return False


def _encoded(text: str) -> bytes:
    return base64.b64encode(text.encode())
