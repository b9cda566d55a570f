"""The types of answers to messages that were submitted."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.schemas.answers.mail.uploads import UploadReference
from postroom.schemas.told import Time


class Idempotency(TypedDict):
    """What became of the `Idempotency-Key`: `HIT` means that this is the answer to an earlier request."""

    key: str
    status: Literal["MISS", "HIT"]


class SubmittedMessage(TypedDict):
    """The message is stored and will be sent. Without `queueId` nothing was stored: it was a `dryRun`."""

    response: str
    messageId: str
    queueId: NotRequired[Annotated[str, Field(description="The message in the outbox and in events")]]
    sendAt: NotRequired[Annotated[Time, Field(description="When it is sent at the earliest")]]
    reference: NotRequired[UploadReference]
    dryRun: NotRequired[bool]
    preview: NotRequired[Annotated[str, Field(description="With `dryRun`: the message, in base64")]]
    idempotency: NotRequired[Idempotency]
