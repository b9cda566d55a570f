"""The types of answers about run-time settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from postroom.schemas.requests.accounts import CustomHeader, IndexerName


class UpdatedSettings(TypedDict):
    """The names of the settings that were changed."""

    updated: list[str]


class ShownSettings(TypedDict, total=False):
    """The requested settings."""

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
    eventTypes: Annotated[list[str], Field(description="The names of all events")]
