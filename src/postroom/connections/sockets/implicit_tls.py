"""Whether TLS is spoken from the first byte, by the setting and the port of a mail server. Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["TLS_PORTS", "begins_with_tls"]

TLS_PORTS: Final = (993, 465)
"""Where servers speak TLS from the first byte (RFC 8314 section 7), IMAP and submission."""


def begins_with_tls(secure: object, port: int) -> bool:
    """Whether TLS is spoken from the first byte: as the setting says, and as the port has it if it says nothing."""
    return port in TLS_PORTS if secure is None else bool(secure)
