"""The types of requests to send a message: a new one, or a stored draft."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    with_config,
)
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypeAliasType, TypedDict

from postroom.accounts.email_address import email_fault
from postroom.schemas.fields import (
    AtMost,
    Email,
    Flag,
    Moment,
    OptionalFlag,
    OptionalMailboxPath,
    ProxyUrl,
)
from postroom.schemas.requests.mail.writing import BLANK, WrittenMessage, whole_message
from postroom.schemas.requests.queries import STRICT

__all__ = ["NULL_SENDER", "DraftSubmission", "DsnWish", "EnvelopeWish", "NewSubmission", "NotOffered"]

NULL_SENDER: Final = "<>"
"""What `envelope.from` says for the null reverse-path (RFC 5321 section 4.5.5), to which no report is sent."""

_MOST_RECIPIENTS: Final = 1000
_MOST_ATTEMPTS: Final = 100
_LONGEST_DSN_ID: Final = 100
_LONGEST_PREVIEW: Final = 1024
_NOTHING: Final[tuple[object, ...]] = (None, "", False, 0, [], {})
_NO: Final = ("false", "n", "no", "0")

WHY_NOT: Final[Mapping[str, str]] = {
    "template": "Postroom keeps no templates: send `subject`, `text` and `html` as they are to be",
    "render": "Postroom fills in no placeholders: send `subject`, `text` and `html` as they are to be",
    "mailMerge": "Postroom does not merge: submit one message for each recipient",
    "trackOpens": "Postroom does not track who opens a message: leave it out, or send false",
    "trackClicks": "Postroom does not track who follows links: leave it out, or send false",
    "listId": "Postroom keeps no lists of recipients: send `List-Id` and `List-Unsubscribe` in `headers`",
    "gateway": "Postroom sends through the account's own server: register another account for another server",
    "baseUrl": "it is for links that track, and Postroom makes none",
}
"""Fields of other gateways that Postroom refuses by name, and what to do instead. Empty ones are taken."""


class NotOffered:
    """Marks a field of other gateways: a request that sends it with a value is told why it is refused."""

    def __init__(self, name: str) -> None:
        self._why = WHY_NOT[name]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        words = f"Not offered, so it must be empty: {self._why}"
        return {"anyOf": [{"const": False}, {"type": "null"}], "description": words}

    def _check(self, value: object) -> None:
        if not (value in _NOTHING or (isinstance(value, str) and value.lower() in _NO)):
            raise ValueError(f"is not offered: {self._why}")


def _raw(value: object) -> object:
    return whole_message(value)


def _emails(value: object) -> object:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else value


def _sender(text: str) -> str:
    fault = None if text == NULL_SENDER else email_fault(text)
    if fault is not None:
        raise ValueError(f"must be an e-mail address, or {NULL_SENDER}: {fault}")
    return text


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return None if value == "" else value


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        raise ValueError("must be an IP address of this machine") from None


def _names(value: object) -> object:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else value


def _agree(notify: list[str]) -> list[str]:
    if "never" in notify and len(notify) > 1:
        raise ValueError("must be `never` alone, or others without it (RFC 3461 section 4.1)")
    return list(dict.fromkeys(notify))


NotifyName = TypeAliasType("NotifyName", Literal["never", "success", "failure", "delay"])
ReturnName = TypeAliasType("ReturnName", Literal["headers", "full"])
_DsnId = Annotated[str, StringConstraints(max_length=_LONGEST_DSN_ID, pattern=r"^[ -~]*$")]

# This form is needed because `from` and `return` are Python keywords.
EnvelopeSender = TypedDict(
    "EnvelopeSender",
    {
        "from": Annotated[
            Annotated[str, StringConstraints(strip_whitespace=True, max_length=256), AfterValidator(_sender)] | None,
            BLANK,
            Field(description="Where reports of failed delivery go (the sender of the message); `<>` for nowhere"),
        ]
    },
    total=False,
)
DsnReturn = TypedDict(
    "DsnReturn",
    {
        "return": Annotated[
            ReturnName | None,
            BLANK,
            Field(description="What a report has of the message: its `headers`, or it in full"),
        ]
    },
    total=False,
)


@with_config(STRICT)
class EnvelopeWish(EnvelopeSender, TypedDict, total=False):
    """Whom a message is for and where reports go, whatever its header says."""

    to: Annotated[
        list[Email],
        AtMost(_MOST_RECIPIENTS, "addresses"),
        BeforeValidator(_emails),
        Field(description="All recipients (those in `to`, `cc` and `bcc`)"),
    ]


@with_config(STRICT)
class DsnWish(DsnReturn, TypedDict, total=False):
    """The wish for delivery status notifications (RFC 3461), where the mail server offers them."""

    id: Annotated[_DsnId | None, BLANK, Field(description="A text of yours that comes back in reports")]
    notify: Annotated[
        list[NotifyName],
        AfterValidator(_agree),
        BeforeValidator(_names),
        Field(description="When to report"),
    ]
    recipient: Annotated[Email | None, BLANK, Field(description="The address that reports name as the original one")]


@with_config(STRICT)
class SendingWishes(TypedDict, total=False):
    """How a message is sent, whatever it says."""

    envelope: Annotated[EnvelopeWish | None, BLANK, Field(description="The recipients, instead of those in the header")]
    copy: Annotated[OptionalFlag, Field(description="Whether a copy goes to the folder of sent mail (as the account)")]
    sentMailPath: Annotated[OptionalMailboxPath, Field(description="The folder for that copy (that of sent mail)")]
    sendAt: Annotated[Moment, Field(description="Not before this time; a time in the past is now")]
    deliveryAttempts: Annotated[
        Annotated[int, Field(ge=1, le=_MOST_ATTEMPTS)] | None,
        BeforeValidator(_number),
        Field(description="The most attempts, as long as the server asks to try again (the setting, or 10)"),
    ]
    dsn: Annotated[DsnWish | None, BLANK, Field(description="Reports that you ask for")]
    proxy: Annotated[ProxyUrl, Field(description="The proxy for this message; not for limited tokens")]
    localAddress: Annotated[
        Annotated[str, StringConstraints(max_length=45), AfterValidator(_address)] | None,
        BLANK,
        Field(description="The address of this machine to connect from; not for limited tokens"),
    ]
    gateway: Annotated[None, NotOffered("gateway")]


@with_config(STRICT)
class NewSubmissionHead(TypedDict, total=False):
    """The message itself as a whole, or what is made of it."""

    raw: Annotated[
        Any,
        BeforeValidator(_raw),
        WithJsonSchema({"type": ["string", "null"], "contentEncoding": "base64"}),
        Field(description="The whole message in base64, instead of `text`, `html` and `attachments`"),
    ]
    dryRun: Annotated[Flag, Field(description="Answer the message as `preview` and send nothing")]
    previewText: Annotated[
        Annotated[str, StringConstraints(max_length=_LONGEST_PREVIEW)] | None,
        BLANK,
        Field(description="What lists of messages show below the subject; it is hidden in the HTML"),
    ]
    template: Annotated[None, NotOffered("template")]
    render: Annotated[None, NotOffered("render")]
    mailMerge: Annotated[None, NotOffered("mailMerge")]
    listId: Annotated[None, NotOffered("listId")]
    trackOpens: Annotated[None, NotOffered("trackOpens")]
    trackClicks: Annotated[None, NotOffered("trackClicks")]
    baseUrl: Annotated[None, NotOffered("baseUrl")]


@with_config(STRICT)
class NewSubmission(WrittenMessage, NewSubmissionHead, SendingWishes, total=False):
    """A message to send: its fields, or the whole as `raw`."""


@with_config(STRICT)
class DraftSubmission(SendingWishes, total=False):
    """How to send a stored draft."""
