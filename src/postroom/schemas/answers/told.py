"""What mail servers and providers told, as answers repeat it: errors, names, capabilities, progress. Pure."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class ProviderError(TypedDict, total=False):
    """An error as a provider answers it (RFC 6749 section 5.2)."""

    error: str
    error_description: str


class TokenRequestFlag(TypedDict):
    """Why the provider refused a token request."""

    code: Annotated[str, Field(description="The OAuth2 error code")]
    message: Annotated[str, Field(description="What it means, in one sentence")]


class TokenRequest(TypedDict):
    """An OAuth2 token request that failed; it holds no secrets."""

    method: str
    grant: str
    provider: str
    scopes: list[str]
    clientId: NotRequired[Annotated[str, Field(description="Its first and last letters")]]
    serviceClientEmail: NotRequired[str]
    authority: NotRequired[str]
    url: NotRequired[str]
    status: NotRequired[Annotated[int, Field(description="The status that the provider answered")]]
    response: NotRequired[Annotated[ProviderError, Field(description="The error that the provider answered")]]
    flag: NotRequired[TokenRequestFlag]


class LastError(TypedDict):
    """Why the account is not connected."""

    response: Annotated[str, Field(description="The server's own words, or the system's")]
    serverResponseCode: Annotated[str | None, Field(description="The server's response code, or an errno name")]
    phase: NotRequired[Annotated[str, Field(description="dns, connect, tls, greeting, login, select, sync or idle")]]
    time: NotRequired[Time]
    advice: NotRequired[Annotated[str, Field(description="What to do, in one sentence")]]
    description: NotRequired[str]
    tokenRequest: NotRequired[Annotated[TokenRequest, Field(description="The OAuth2 token request that failed")]]


class Quirk(TypedDict):
    """A provider profile that fits the server."""

    name: str
    effects: Annotated[list[str], Field(description="How such a server is treated, and what its users should know")]


class ServerInfo(TypedDict):
    """What a mail server told of itself at the last sign-in."""

    greeting: str
    capabilities: list[str]
    id: NotRequired[Annotated[dict[str, str], Field(description="Its answer to the command ID (RFC 2971)")]]
    name: NotRequired[str]
    tls: NotRequired[Annotated[str, Field(description="The TLS version, such as `TLSv1.3`")]]
    quirks: NotRequired[list[Quirk]]


class Progress(TypedDict):
    """How much of how much."""

    done: int
    total: int


class Subconnection(TypedDict):
    """The connection of its own that a folder has."""

    path: str
    state: Annotated[str, Field(description="In the words of accounts: connecting, connected, connectError …")]
    lastError: LastError | None
    nextAttempt: Annotated[Time | None, Field(description="When the next try to connect is due")]


class LeftOut(TypedDict):
    """Folders that the server lists and that are not followed."""

    unusable: Annotated[int, Field(description="Those whose names hold line breaks or NUL, or are too long")]
    beyondLimit: Annotated[int, Field(description="Those that are more than `POSTROOM_FOLDER_LIMIT`")]
    names: Annotated[list[str], Field(description="The first unusable names, printable, with other octets as `%XX`")]


class SyncProgress(TypedDict):
    """How far a sync has come."""

    folders: Progress
    messages: Progress
    unknown: NotRequired[
        Annotated[list[str], Field(description="Names in `path` and `subconnections` that no folder has")]
    ]
    unlisted: NotRequired[Annotated[bool, Field(description="The server showed no folders; INBOX is followed by name")]]
    leftOut: NotRequired[LeftOut]
    subconnections: NotRequired[
        Annotated[list[Subconnection], Field(description="The connections of their own that folders have")]
    ]


class SyncError(TypedDict):
    """A folder that cannot be synced."""

    path: str
    time: Time
    error: Annotated[str, Field(description="Why")]
