"""What was found out about mail servers and about settings that do not work."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict


class FoundAuth(TypedDict):
    """The name to sign in with."""

    user: str


class FoundServer(TypedDict):
    """A mail server; without `secure` it is STARTTLS that protects the connection."""

    auth: FoundAuth
    host: str
    port: int
    secure: bool


class AppPassword(TypedDict):
    """What the owner has to know about passwords for programs."""

    required: Annotated[bool, Field(description="Whether the ordinary password is refused")]
    provider: str
    instructions: str


class FoundServers(TypedDict):
    """The servers of an address; `false` where none was found."""

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
    details: NotRequired[Annotated[dict[str, Any], Field(description="What the step brought to light")]]
    remark: NotRequired[Annotated[str, Field(description="Why it was skipped, or what should be looked at")]]
    code: NotRequired[Annotated[str, Field(description="As in `lastError.serverResponseCode`")]]
    response: NotRequired[Annotated[str, Field(description="The server's own words, or the system's")]]
    advice: NotRequired[str]


Verdict = TypedDict(
    "Verdict",
    {
        "class": Annotated[
            Literal["none", "authentication", "connection"],
            Field(description="Whether it is about the credentials, about something else, or nothing is wrong"),
        ],
        "cause": str,
        "cure": str,
        "protocol": NotRequired[Literal["imap", "smtp"]],
        "step": NotRequired[str],
        "code": NotRequired[str],
        "remarks": Annotated[list[str], Field(description="What works and should still be looked at")],
    },
)


class Diagnosis(TypedDict):
    """Every step that was tried, and what it means."""

    success: bool
    verdict: Annotated[Verdict, Field(description="What is wrong, and what to do")]
    steps: list[ExaminedStep]
