"""The types of answers about API tokens."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from postroom.schemas.requests.tokens import Permissions, Restrictions
from postroom.schemas.told import Time


class IssuedToken(TypedDict):
    """A new token. It is shown only once."""

    token: str
    id: str


class TokenUse(TypedDict):
    """When and from where a token was last used."""

    time: Time | None
    ip: str | None


class Token(TypedDict):
    """The details of a token, without the token itself."""

    id: str
    account: str | None
    description: str
    scopes: list[str]
    created: Time
    expires: Time | None
    access: TokenUse
    metadata: NotRequired[str]
    permissions: NotRequired[Permissions]
    restrictions: NotRequired[Restrictions]
    ip: NotRequired[str]


class TokensPage(TypedDict):
    """A page of tokens."""

    total: int
    page: int
    pages: int
    tokens: list[Token]


class RemovedToken(TypedDict):
    """A removal."""

    success: bool
    id: str
    deleted: bool
