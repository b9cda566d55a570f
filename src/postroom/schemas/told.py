"""The types of what answers repeat from mail servers and providers: errors, server information, progress. Pure."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class ProviderError(TypedDict, total=False):
    """The error that a provider answered (RFC 6749 section 5.2)."""

    error: str
    error_description: str


class TokenRequestFlag(TypedDict):
    """Why the provider refused a token request."""

    code: Annotated[str, Field(description="The OAuth2 error code")]
    message: Annotated[str, Field(description="The meaning, in one sentence")]


class TokenRequest(TypedDict):
    """A failed OAuth2 token request, without secrets."""

    method: str
    grant: str
    provider: str
    scopes: list[str]
    clientId: NotRequired[Annotated[str, Field(description="The first and last letters of the client id")]]
    serviceClientEmail: NotRequired[str]
    authority: NotRequired[str]
    url: NotRequired[str]
    status: NotRequired[Annotated[int, Field(description="The status that the provider answered")]]
    response: NotRequired[Annotated[ProviderError, Field(description="The error that the provider answered")]]
    flag: NotRequired[TokenRequestFlag]


class LastError(TypedDict):
    """Why the account is not connected."""

    response: Annotated[str, Field(description="The text of the server or the system")]
    serverResponseCode: Annotated[str | None, Field(description="The server's response code, or an errno name")]
    phase: NotRequired[Annotated[str, Field(description="dns, connect, tls, greeting, login, select, sync or idle")]]
    time: NotRequired[Time]
    advice: NotRequired[Annotated[str, Field(description="What to do, in one sentence")]]
    description: NotRequired[str]
    tokenRequest: NotRequired[Annotated[TokenRequest, Field(description="The OAuth2 token request that failed")]]


class Quirk(TypedDict):
    """A provider profile that matches the server."""

    name: str
    effects: Annotated[
        list[str], Field(description="How Postroom treats such a server, and what its users should know")
    ]


class ServerInfo(TypedDict):
    """What the mail server reported about itself at the last sign-in."""

    greeting: str
    capabilities: list[str]
    id: NotRequired[Annotated[dict[str, str], Field(description="The server's answer to the ID command (RFC 2971)")]]
    name: NotRequired[str]
    tls: NotRequired[Annotated[str, Field(description="The TLS version, such as `TLSv1.3`")]]
    quirks: NotRequired[list[Quirk]]


class Progress(TypedDict):
    """How many of the total are done."""

    done: int
    total: int


class Subconnection(TypedDict):
    """The extra connection that watches one folder."""

    path: str
    state: Annotated[str, Field(description="A state as accounts have it, such as `connecting` or `connected`")]
    lastError: LastError | None
    nextAttempt: Annotated[Time | None, Field(description="When the next attempt to connect is due")]


class LeftOut(TypedDict):
    """Folders that the server lists but that are not synced."""

    unusable: Annotated[int, Field(description="How many names have line breaks or NUL, or are too long")]
    beyondLimit: Annotated[int, Field(description="How many folders exceed `POSTROOM_FOLDER_LIMIT`")]
    names: Annotated[list[str], Field(description="The first unusable names, with unprintable octets as `%XX`")]


class SyncProgress(TypedDict):
    """The progress of the sync over the present connection: folders that are in sync, and messages of a first reading.

    Folders that were read over an earlier connection count no messages, so `messages` is often 0 of 0.
    """

    folders: Progress
    messages: Progress
    unknown: NotRequired[
        Annotated[list[str], Field(description="Names in `path` and `subconnections` that no folder has")]
    ]
    unlisted: NotRequired[
        Annotated[bool, Field(description="The server lists no folders, so INBOX is synced by its name")]
    ]
    leftOut: NotRequired[LeftOut]
    subconnections: NotRequired[
        Annotated[list[Subconnection], Field(description="The extra connections for single folders")]
    ]


class SyncError(TypedDict):
    """A folder that cannot be synced."""

    path: str
    time: Time
    error: Annotated[str, Field(description="The reason")]
