"""Everything the service secret signs, and why no signature of one kind holds for another. Pure.

Each kind has messages of a form of its own, and nothing is signed or verified that has not the form of its kind. So a
signature that somebody was given for one purpose, such as that of a webhook, is none for any other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from enum import Enum

__all__ = ["Kind", "digest", "holds", "signature"]


class Kind(Enum):
    """What is signed; the value is the form of its messages. No message has the form of two kinds."""

    LINK = re.compile(rb"[A-Za-z0-9_-]+")
    """The `data` of a link to the hosted sign-in, base64url."""
    FORM = re.compile(rb"form\n[^\n]*\n[^\n]*")
    """A form of the hosted sign-in: the id of its link and the browser's cookie."""
    WEBHOOK = re.compile(rb"\{.*", re.DOTALL)
    """The body of a webhook, a JSON object."""
    WEBHOOK_SECRET = re.compile(rb"postroom standard webhooks v1")
    """The one message from which the secret of the webhooks of settings is derived."""


def digest(kind: Kind, message: bytes, secret: str) -> bytes:
    """Return the HMAC-SHA256 of a message. Raises ValueError for one that has not the form of its kind."""
    if kind.value.fullmatch(message) is None:
        raise ValueError(f"this is no message of the kind {kind.name}")
    # hmac.digest lets go of the interpreter lock for every short message, and waits to get it back from other threads.
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def signature(kind: Kind, message: bytes, secret: str) -> str:
    """Return the digest in base64url without padding."""
    return base64.urlsafe_b64encode(digest(kind, message, secret)).rstrip(b"=").decode()


def holds(kind: Kind, message: bytes, sent: str, secret: str) -> bool:
    """Say whether a signature that somebody sent is that of a message of this kind."""
    if kind.value.fullmatch(message) is None:
        return False
    return hmac.compare_digest(signature(kind, message, secret).encode(), sent.encode(errors="replace"))
