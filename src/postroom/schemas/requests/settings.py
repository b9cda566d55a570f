"""The types of requests about run-time settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, create_model, with_config
from typing_extensions import TypeAliasType, TypedDict

from postroom.configuration.keys import KEYS
from postroom.events.types import EVENT_NAMES
from postroom.schemas.fields import (
    Count,
    FetchedUrl,
    Flag,
    HeaderName,
    OneOf,
    OptionalFlag,
    Origin,
    PageUrl,
    ShortText,
    WebhookUrl,
)
from postroom.schemas.requests.accounts import CustomHeaders, ExistingRule, IndexerName
from postroom.schemas.requests.queries import QUERY, STRICT


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _all_events(names: list[str] | None) -> list[str] | None:
    return ["*"] if names and "*" in names else names


_Blank = BeforeValidator(_blank_is_none)
OptionalCount = Annotated[Count | None, _Blank]
Attempts = Annotated[Annotated[Count, Field(ge=1, le=1000)] | None, _Blank]
Days = Annotated[Annotated[Count, Field(ge=1, le=90)] | None, _Blank]
MoveRule = TypeAliasType("MoveRule", Literal["messageMoved", "deletedAndNew"])
EventFilter = TypeAliasType("EventFilter", Annotated[str, OneOf(("*", *EVENT_NAMES))])
Secret = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

LogLines = Annotated[Count, Field(ge=1, le=1_000_000)]


@with_config(STRICT)
class ProtocolLogRule(TypedDict, total=False):
    """Which protocol logs are kept, and how much of each."""

    all: Annotated[Flag, Field(description="Whether every account has one, not only those with `logs: true`")]
    maxLogLines: Annotated[
        LogLines, Field(description="The most lines of an account, at most 8 MiB in all; 10,000 by default")
    ]


@with_config(STRICT)
class SettingsChange(TypedDict, total=False):
    """Settings to change. Null restores the default."""

    webhooksEnabled: Annotated[OptionalFlag, Field(description="Whether webhooks are sent at all; true by default")]
    webhooks: Annotated[WebhookUrl, Field(description="The URL for the events of every account")]
    webhookEvents: Annotated[
        Annotated[list[EventFilter] | None, AfterValidator(_all_events)],
        Field(description='The events to send; `["*"]`, the default, sends all'),
    ]
    webhooksCustomHeaders: CustomHeaders
    serviceUrl: Annotated[Origin, Field(description="The public origin of this installation")]
    serviceSecret: Annotated[
        Annotated[Secret | None, _Blank],
        Field(description="The secret that signs webhooks; shown as true or false. Null makes a new one"),
    ]
    notifyText: Annotated[OptionalFlag, Field(description="Whether `messageNew` contains the text of the message")]
    notifyTextSize: Annotated[OptionalCount, Field(description="The most bytes of text in `messageNew`")]
    notifyHeaders: Annotated[list[HeaderName] | None, Field(description="Header fields in `messageNew`; `*` for all")]
    notifyAttachments: Annotated[OptionalFlag, Field(description="Whether `messageNew` contains attachments")]
    notifyAttachmentSize: Annotated[
        OptionalCount, Field(description="The most bytes of one attachment in `messageNew`")
    ]
    imapIndexer: Annotated[Annotated[IndexerName | None, _Blank], Field(description="The default for new accounts")]
    enableOAuthTokensApi: Annotated[
        OptionalFlag, Field(description="Whether access tokens of accounts can be read; false by default")
    ]
    authServer: Annotated[
        FetchedUrl,
        Field(
            description="The URL that is asked at each connection for the credentials of accounts with `useAuthServer`"
        ),
    ]
    pageBrandName: Annotated[ShortText, Field(description="The name on the sign-in pages; `Postroom` by default")]
    pageLogoUrl: Annotated[PageUrl, Field(description="The picture shown instead of the name")]
    locale: Annotated[
        ShortText, Field(description="The language of sign-in pages when the browser accepts none of ours")
    ]
    registerExisting: Annotated[
        Annotated[ExistingRule | None, _Blank],
        Field(description="What a registration under a taken id does: `refuse`, the default, or `update`"),
    ]
    movedMessages: Annotated[
        Annotated[MoveRule | None, _Blank],
        Field(
            description="How a move is announced: as one `messageMoved`, or as a pair of `messageDeleted` and "
            "`messageNew`. Without it, the pair is announced if `webhookEvents` is a list without `messageMoved`"
        ),
    ]
    inboxNewOnly: Annotated[OptionalFlag, Field(description="Whether only new mail in the inbox is announced")]
    deliveryAttempts: Annotated[
        Attempts, Field(description="How often a message without a number of its own is tried; 10 by default")
    ]
    sendingPaused: Annotated[OptionalFlag, Field(description="Whether no message of any account is sent")]
    outboxKeepDays: Annotated[
        Days, Field(description="For how many days content is kept that some recipient does not have; 7 by default")
    ]
    logs: Annotated[Annotated[ProtocolLogRule | None, _Blank], Field(description="Which protocol logs are kept")]


_flags: dict[str, Any] = {name: (Flag, Field(False, description="Answer with this setting")) for name in KEYS}
_flags["eventTypes"] = (Flag, Field(False, description="Answer with the names of all events"))
SettingsQuery: type[BaseModel] = create_model("SettingsQuery", __config__=QUERY, **_flags)
SettingsQuery.__doc__ = "Which settings to show: `?webhooks=true&serviceUrl=true`. All of them when none is named."
