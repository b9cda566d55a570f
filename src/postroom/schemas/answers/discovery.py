"""The types of answers of autoconfig and diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict


class FoundAuth(TypedDict):
    """The user name for signing in."""

    user: str


class FoundServer(TypedDict):
    """A mail server. When `secure` is false, the connection uses STARTTLS."""

    auth: FoundAuth
    host: str
    port: int
    secure: bool


class AppPassword(TypedDict):
    """What the owner must know about app passwords."""

    required: Annotated[bool, Field(description="Whether the ordinary password is refused")]
    provider: str
    instructions: str


class FoundServers(TypedDict):
    """The mail servers of an address; `false` where none was found."""

    imap: FoundServer | Literal[False]
    smtp: FoundServer | Literal[False]
    appPassword: NotRequired[AppPassword]
    _source: Annotated[str, Field(description="mx, srv, autoconfig, well-known, mozilla or unknown")]


class ExaminedStep(TypedDict):
    """One step of connecting."""

    protocol: Literal["imap", "smtp"]
    step: Annotated[
        str,
        Field(
            description="credentials, auth-server, oauth2-token, dns, tcp-ipv4, tcp-ipv6, turn, connect, tls, "
            "greeting, capabilities, starttls, login, folders, idle or time"
        ),
    ]
    result: Literal["ok", "warning", "failed", "skipped"]
    time: Annotated[int, Field(description="Milliseconds")]
    details: NotRequired[Annotated[Mapping[str, object], Field(description="What the step found")]]
    remark: NotRequired[Annotated[str, Field(description="Why the step was skipped, or what to look at")]]
    code: NotRequired[Annotated[str, Field(description="As in `lastError.serverResponseCode`")]]
    response: NotRequired[Annotated[str, Field(description="The text of the server or the system")]]
    advice: NotRequired[str]


Verdict = TypedDict(
    "Verdict",
    {
        "class": Annotated[
            Literal["none", "authentication", "connection"],
            Field(description="`authentication` for the credentials, `connection` for any other problem, else `none`"),
        ],
        "cause": str,
        "cure": str,
        "protocol": NotRequired[Literal["imap", "smtp"]],
        "step": NotRequired[str],
        "code": NotRequired[str],
        "remarks": Annotated[list[str], Field(description="What works but should still be looked at")],
    },
)


class Diagnosis(TypedDict):
    """The steps that were tried, and the verdict."""

    success: bool
    verdict: Annotated[Verdict, Field(description="What is wrong, and what to do")]
    steps: list[ExaminedStep]
