"""The types of requests about tokens, and what a token would allow that a request asks for."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Required

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from postroom.access.issuing import WantedToken
from postroom.access.tokens import ACTIONS, GROUPS, SCOPES
from postroom.access.tokens import RateLimit as HeldLimit
from postroom.clock import from_iso
from postroom.schemas.fields import AccountId, Count, Moment, OneOf, OptionalText, SearchText
from postroom.schemas.requests.queries import QUERY, STRICT, Page, PageSize


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError("must be an IP address or a network such as 192.0.2.0/24") from None
    return text


def _ascii(text: str) -> str:
    if not text.isascii():
        raise ValueError("must be ASCII, as the header is")
    return text


def _without_doubles(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Network = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(_network)]
Referrer = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024), AfterValidator(_ascii)
]
PositiveCount = Annotated[Count, Field(ge=1, le=2**31 - 1)]
_FALSE_IS_NONE = BeforeValidator(lambda value: None if value is False or value == "" else value)
Scope = Annotated[str, OneOf(SCOPES)]
Scopes = Annotated[
    list[Scope],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Field(min_length=1),
    AfterValidator(_without_doubles),
]
Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024)]
TokenMetadata = Annotated[Annotated[str, StringConstraints(max_length=1024 * 1024)] | None, Field()]


@with_config(STRICT)
class RateLimit(TypedDict):
    """How many requests a token may make in a time. Each process counts for itself."""

    maxRequests: Annotated[PositiveCount, Field(description="The most requests in a window of time")]
    timeWindow: Annotated[PositiveCount, Field(description="The length of a window in seconds")]


@with_config(STRICT)
class Restrictions(TypedDict, total=False):
    """From where a token may be used, and how often."""

    addresses: Annotated[
        Annotated[list[Network], Field(max_length=1000)] | None,
        _FALSE_IS_NONE,
        Field(description="IP addresses and networks"),
    ]
    referrers: Annotated[
        Annotated[list[Referrer], Field(max_length=1000)] | None,
        _FALSE_IS_NONE,
        Field(description="Patterns of the whole `Referer` header, in which `*` stands for any text"),
    ]
    rateLimit: Annotated[
        RateLimit | None, _FALSE_IS_NONE, Field(description="How many requests it may make in each process of Postroom")
    ]


@with_config(STRICT)
class Permissions(TypedDict, total=False):
    """What a narrowed token may do. An absent list allows everything of its kind."""

    actions: list[Annotated[str, OneOf(ACTIONS)]]
    groups: list[Annotated[str, OneOf(GROUPS)]]


@with_config(STRICT)
class NewToken(TypedDict, total=False):
    """A token to issue."""

    description: Required[Annotated[Description, Field(description="What it is for")]]
    account: Annotated[AccountId | None, Field(description="The only account that the token may use")]
    scopes: Annotated[Scopes, Field(description='The scopes; `["api"]` by default')]
    metadata: Annotated[TokenMetadata, Field(description="Your own JSON text")]
    restrictions: Annotated[Restrictions | None, Field(description="From where the token may be used, and how often")]
    permissions: Annotated[
        Permissions | None, Field(description="Narrows the token; by default everything in its scopes is allowed")
    ]
    expires: Annotated[Moment, Field(description="When the token expires; must be in the future")]
    ip: Annotated[
        OptionalText, Field(description="The IP address of the person for whom the token is made, for your records")
    ]


def wanted(body: NewToken) -> WantedToken:
    """Return what the token of a valid body would allow."""
    limits: Restrictions = body.get("restrictions") or {}
    expires, rate = body.get("expires"), limits.get("rateLimit")
    return WantedToken(
        tuple(body.get("scopes", ("api",))),
        body.get("account"),
        tuple(limits.get("addresses") or ()),
        _narrowing(body.get("permissions")),
        from_iso(expires) if expires else None,
        tuple(limits.get("referrers") or ()),
        HeldLimit(rate["maxRequests"], rate["timeWindow"]) if rate else None,
    )


def _narrowing(sent: Permissions | None) -> dict[str, list[str]] | None:
    if sent is None:
        return None
    permissions: dict[str, list[str]] = {}
    if "actions" in sent:
        permissions["actions"] = sent["actions"]
    if "groups" in sent:
        permissions["groups"] = sent["groups"]
    return permissions


class TokensQuery(BaseModel):
    """Which tokens to list."""

    model_config = QUERY
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
    account: SearchText = Field("", description="Only tokens bound to this account")
    query: SearchText = Field("", description="Only tokens with this text in description, account or id")
