"""The client of Postroom's API, for programs that block and for asyncio: `pip install "postroom[client]"`."""

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
