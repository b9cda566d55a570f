"""Signs webhook requests: the Standard Webhooks signature, and the one in the `X-EE-Wh-Signature` header. Pure.

Standard Webhooks: base64(HMAC-SHA256(secret, "<id>.<timestamp>.<body>")), one per secret while a secret is replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from postroom.configuration.signatures import SignatureKind, digest, signature

PREFIX: Final = "whsec_"
_SHORTEST_KEY: Final = 24
_LONGEST_KEY: Final = 64
_DERIVATION: Final = b"postroom standard webhooks v1"


def derive_secret(service_secret: str) -> str:
    """Return the secret of the targets in the settings. It is derived from the service secret and changes with it."""
    return PREFIX + base64.b64encode(digest(SignatureKind.WEBHOOK_SECRET, _DERIVATION, service_secret)).decode()


def is_secret(text: str) -> bool:
    """Say whether a text is a Standard Webhooks secret: `whsec_` followed by base64 of 24 to 64 bytes."""
    try:
        return text.startswith(PREFIX) and _SHORTEST_KEY <= len(_key(text)) <= _LONGEST_KEY
    except (binascii.Error, ValueError):
        return False


def standard_signature(secrets: Sequence[str], event_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` header: one `v1,…` per secret. `timestamp` is in seconds since 1970."""
    content = f"{event_id}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(_hmac(_key(secret), content)).decode() for secret in secrets)


def service_signature(service_secret: str, body: bytes) -> str:
    """Return the `X-EE-Wh-Signature` header: base64url without padding over the exact bytes of the body."""
    return signature(SignatureKind.WEBHOOK, body, service_secret)


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def _hmac(key: bytes, content: bytes) -> bytes:
    # hmac.digest releases the interpreter lock even for short messages and then waits for other threads to get it back.
    return hmac.new(key, content, hashlib.sha256).digest()
