"""Codes of an authenticator app (RFC 6238): six digits, a new one every 30 seconds, each accepted once."""

from __future__ import annotations

import hmac
from typing import Final

__all__ = ["enrolment_url", "new_secret", "step_of"]

_STEP_MS: Final = 30_000
_DIGITS: Final = 6
# A clock that is off by up to 30 seconds, and a person who types slowly.
_TOLERANCE: Final = (0, -1, 1)
_SECRET_LETTERS: Final = 32


def new_secret() -> str:
    """Return a random secret in base32: 160 bits."""
    import pyotp

    return pyotp.random_base32(_SECRET_LETTERS)


def enrolment_url(secret: str, name: str, issuer: str) -> str:
    """Return the `otpauth:` URL that an authenticator app understands."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, code: str, now: int, used: int | None = None) -> int | None:
    """Return the time step that a code belongs to, None when it is wrong or not newer than the step `used`."""
    import pyotp

    sent = "".join(code.split())
    if len(sent) != _DIGITS or not (sent.isascii() and sent.isdigit()):
        return None
    totp, present = pyotp.TOTP(secret), now // _STEP_MS
    for step in (present + off for off in _TOLERANCE):
        is_right = hmac.compare_digest(totp.generate_otp(step), sent)
        if is_right and (used is None or step > used):
            return step
    return None
