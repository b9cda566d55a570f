"""Says in one or two sentences why a call failed and what to do, and with which status the command ends."""

from __future__ import annotations

from typing import Final

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.client.errors import (
    ApiError,
    Forbidden,
    InvalidRequest,
    NotFound,
    TokenRefused,
    TooMany,
    Unavailable,
    UnknownAnswer,
    Unreachable,
)
from postroom.words.strangers import NO_SECRETS, Secrets, take_in

__all__ = ["explained", "sentence", "status_of"]

_LONGEST: Final = 1400
_STATUS: Final[tuple[tuple[type[ApiError], ExitStatus], ...]] = (
    (NotFound, ExitStatus.NOT_FOUND),
    (TokenRefused, ExitStatus.REFUSED),
    (Forbidden, ExitStatus.REFUSED),
    (TooMany, ExitStatus.UNAVAILABLE),
    (Unavailable, ExitStatus.UNAVAILABLE),
    (Unreachable, ExitStatus.UNAVAILABLE),
)
_NOT_MISSING: Final = frozenset({"SMTPUnavailable"})
"""Codes of 404 for what is there and lacks something."""

_CURE: Final[tuple[tuple[type[ApiError], str], ...]] = (
    (TokenRefused, "Give another by POSTROOM_TOKEN or a profile; `postroom token issue` on its machine makes one"),
    (Forbidden, "Use a token that may"),
    (UnknownAnswer, "Check the address: --url, POSTROOM_URL or the profile"),
)


def explained(error: ApiError, secrets: Secrets = NO_SECRETS) -> CommandLineError:
    """Return the error of a command for the error of a call. None of the secrets is in it."""
    return CommandLineError(sentence(error, secrets), status_of(error))


def status_of(error: ApiError) -> ExitStatus:
    """Return the exit status for an error. A value that the API refuses is a wrong use, as one refused here is."""
    if error.code in _NOT_MISSING:
        return ExitStatus.FAILED
    if isinstance(error, InvalidRequest) and error.fields:
        return ExitStatus.USAGE
    return next((status for kind, status in _STATUS if isinstance(error, kind)), ExitStatus.FAILED)


def sentence(error: ApiError, secrets: Secrets = NO_SECRETS) -> str:
    """Return what is wrong, and what to do."""
    faults = [fault.message for fault in error.fields if fault.message not in error.message]
    code = f" ({error.code})" if error.code else ""
    said = "; ".join([error.message.strip().rstrip("."), *faults]) + code
    cure = error.advice or next((cure for kind, cure in _CURE if isinstance(error, kind)), "")
    if isinstance(error, Unreachable):
        cure = f"Check that Postroom runs {error.request[error.request.rfind('at ') :]}"
    shown = [take_in(each, secrets, longest=_LONGEST) for each in (said, cure) if each]
    return " ".join(f"{each.rstrip('.')}." for each in shown)
