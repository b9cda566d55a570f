"""The client of Postroom's API, for programs that block and for asyncio: `pip install "postroom[client]"`."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.client.asynchronous import AsyncPostroom
    from postroom.client.blocking import Postroom
    from postroom.client.errors import (
        ApiError,
        Conflict,
        Forbidden,
        Gone,
        InvalidRequest,
        MailServerFailed,
        NotFound,
        ServerFault,
        TokenRefused,
        TooMany,
        Unavailable,
        UnknownAnswer,
        Unreachable,
    )
    from postroom.client.retries import NO_RETRIES, Retries
    from postroom.client.webhooks import InvalidSignature, ReceivedEvent
    from postroom.client.webhooks import verify as verify_webhook

__all__ = [
    "NO_RETRIES",
    "ApiError",
    "AsyncPostroom",
    "Conflict",
    "Forbidden",
    "Gone",
    "InvalidRequest",
    "InvalidSignature",
    "MailServerFailed",
    "NotFound",
    "Postroom",
    "ReceivedEvent",
    "Retries",
    "ServerFault",
    "TokenRefused",
    "TooMany",
    "Unavailable",
    "UnknownAnswer",
    "Unreachable",
    "verify_webhook",
]

_MODULES = ("errors", "retries", "webhooks", "blocking", "asynchronous")


def __getattr__(name: str) -> object:
    """Load a name when it is used first: the errors and the verifier need no httpx, and it takes a while to load."""
    if name == "verify_webhook":
        return import_module("postroom.client.webhooks").verify
    if name in __all__:
        for module in _MODULES:
            found = getattr(import_module(f"postroom.client.{module}"), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module 'postroom.client' has no attribute {name!r}")
