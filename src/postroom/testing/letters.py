"""Messages for tests to deliver."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

__all__ = ["composed"]


def composed(sender: str, recipient: str, subject: str, text: str, html: str | None = None) -> EmailMessage:
    """Return a message of now with a Message-ID of its own."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain="example.test")
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message
