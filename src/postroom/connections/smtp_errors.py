"""The errors of aiosmtplib without its client: every failure is compared with them, and many gateways never send.

The client is loaded with the first SMTP connection: see `clients/smtp_heard`.
"""

from __future__ import annotations

from postroom.footprint.loading import parts_of

# The package itself would load its client, with the parsers and generators of `email`: 1.2 MiB.
with parts_of("aiosmtplib"):
    from aiosmtplib.errors import (
        SMTPAuthenticationError,
        SMTPConnectResponseError,
        SMTPException,
        SMTPHeloError,
        SMTPNotSupported,
        SMTPResponseException,
    )

__all__ = [
    "SMTPAuthenticationError",
    "SMTPConnectResponseError",
    "SMTPException",
    "SMTPHeloError",
    "SMTPNotSupported",
    "SMTPResponseException",
]
