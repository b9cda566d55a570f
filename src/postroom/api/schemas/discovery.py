"""Finding mail servers: what may be asked, and what answers look like."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from postroom.api.schemas.accounts import QUERY
from postroom.api.schemas.fields import Email


class AutoconfigQuery(BaseModel):
    """Whose servers to look for."""

    model_config = QUERY
    email: Email = Field(description="The address; only its own domain is told more than the domain")


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
