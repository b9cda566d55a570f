"""The Message-ID that a server gave a message, from its answer after the data. Pure.

Amazon SES and Exchange Online write another Message-ID into the header than the one they were given, and name it:

    250 Ok 0102018c1f6d3f7a-1b2c…-000000
    250 2.0.0 OK <AM9PR04MB0001@AM9PR04MB0001.eurprd04.prod.outlook.com> [Hostname=…]
"""

from __future__ import annotations

import re
from typing import Final

from postroom.smtp.replies import Reply

__all__ = ["sent_as"]

_SES_HOST: Final = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com\Z")
_SES_ID: Final = re.compile(r"ok ([0-9a-z-]{20,})\Z", re.IGNORECASE)
_MICROSOFT: Final = ("outlook.com", "office365.com", "office365.us", "outlook.cn", "hotmail.com")
_IN_BRACKETS: Final = re.compile(r"(?:ok )?(<[^<>\s@]+@[^<>\s@]+>)", re.IGNORECASE)


def sent_as(host: str, reply: Reply) -> str | None:
    """Return the Message-ID, in angle brackets, in the answer of the server at `host`; None if it names none.

    It may be the one that the message had before.
    """
    if not reply.is_positive:
        return None
    name = host.lower().rstrip(".")
    text = " ".join(reply.text.split())
    if ses := _SES_HOST.fullmatch(name):
        found = _SES_ID.match(text)
        # docs.aws.amazon.com/ses/latest/dg/header-fields.html: the first region has a domain of its own.
        domain = "email" if ses[1] == "us-east-1" else ses[1]
        return f"<{found[1]}@{domain}.amazonses.com>" if found else None
    if any(name == each or name.endswith(f".{each}") for each in _MICROSOFT):
        named = _IN_BRACKETS.match(text)
        return named[1] if named else None
    return None
