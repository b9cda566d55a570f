"""Everything that the service secret signs, and why a signature of one kind is not valid for another. Pure.

The messages of each kind have their own form, and only messages of that form are signed or verified. So a signature
that was given out for one purpose, such as a webhook, cannot be used for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from enum import Enum

__all__ = ["SignatureKind", "digest", "holds", "signature"]


class SignatureKind(Enum):
    """The kinds of signed messages; the value is the form. No message has the form of two kinds."""

    LINK = re.compile(rb"[A-Za-z0-9_-]+")
    """The `data` of a link to the hosted sign-in, base64url."""
    FORM = re.compile(rb"form\n[^\n]*\n[^\n]*")
    """A form of the hosted sign-in: the id of its link, and the browser's cookie."""
    WEBHOOK = re.compile(rb"\{.*", re.DOTALL)
    """The body of a webhook, a JSON object."""
    WEBHOOK_SECRET = re.compile(rb"postroom standard webhooks v1")
    """The one message from which the signing secret of the webhooks in the settings is derived."""


def digest(kind: SignatureKind, message: bytes, secret: str) -> bytes:
    """Return the HMAC-SHA256 of a message. Raises ValueError when it does not have the form of its kind."""
    if kind.value.fullmatch(message) is None:
        raise ValueError(f"this is no message of the kind {kind.name}")
    # Not hmac.digest: it releases the interpreter lock even for short messages, and then waits for other threads.
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def signature(kind: SignatureKind, message: bytes, secret: str) -> str:
    """Return the digest in base64url without padding."""
    return base64.urlsafe_b64encode(digest(kind, message, secret)).rstrip(b"=").decode()


def holds(kind: SignatureKind, message: bytes, sent: str, secret: str) -> bool:
    """Say whether `sent` is the signature of this message of this kind."""
    if kind.value.fullmatch(message) is None:
        return False
    return hmac.compare_digest(signature(kind, message, secret).encode(), sent.encode(errors="replace"))
