"""The types of answers about run-time settings."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from postroom.schemas.requests.accounts import CustomHeader, ExistingRule, IndexerName
from postroom.schemas.requests.settings import MoveRule


class ShownLogRule(TypedDict):
    """Which protocol logs are kept, and how much of each."""

    all: bool
    maxLogLines: int


class UpdatedSettings(TypedDict):
    """The names of the settings that were changed."""

    updated: list[str]
    ignored: NotRequired[Annotated[list[str], Field(description="The accepted names that have no effect here")]]


@with_config(ConfigDict(json_schema_extra={"additionalProperties": {"type": "null"}}))
class ShownSettings(TypedDict, total=False):
    """The requested settings. Those that `ignored` names are null."""

    webhooksEnabled: bool
    webhooks: str | None
    webhookEvents: list[str]
    webhooksCustomHeaders: list[CustomHeader]
    serviceUrl: str | None
    serviceSecret: Annotated[bool, Field(description="Whether there is a secret")]
    notifyText: bool
    notifyTextSize: int
    notifyHeaders: list[str]
    notifyAttachments: bool
    notifyAttachmentSize: int
    imapIndexer: IndexerName
    inboxNewOnly: bool
    enableOAuthTokensApi: bool
    authServer: str | None
    pageBrandName: str
    pageLogoUrl: str | None
    locale: str | None
    registerExisting: ExistingRule
    movedMessages: MoveRule | None
    deliveryAttempts: int
    sendingPaused: bool
    outboxKeepDays: int
    logs: ShownLogRule
    ignored: Annotated[list[str], Field(description="The requested names that have no effect here")]
    eventTypes: Annotated[list[str], Field(description="The names of all events")]
