"""The type of the request for a link to the hosted sign-in."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import BeforeValidator, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from postroom.schemas.fields import (
    AccountId,
    AtMost,
    Flag,
    MailboxPaths,
    Moment,
    OptionalEmail,
    OptionalText,
    RequiredPageUrl,
    SubconnectionPaths,
)
from postroom.schemas.requests.queries import STRICT

MAX_PATHS = 50
_FEW = AtMost(MAX_PATHS, "folders: they are part of a URL")


def _no_type(value: object) -> object:
    return None if value is False or value == "" else value


@with_config(STRICT)
class NewForm(TypedDict, total=False):
    """What the sign-in page is for. These values are part of the link, so the person can read them."""

    redirectUrl: Required[Annotated[RequiredPageUrl, Field(description="Where the browser goes after the sign-in")]]
    account: Annotated[AccountId | None, Field(description="Your id for the account; null generates one")]
    name: Annotated[OptionalText, Field(description="Display name, if you know it")]
    email: Annotated[OptionalEmail, Field(description="The address, if you know it; the person may enter another")]
    expectedEmail: Annotated[
        OptionalEmail, Field(description="The only address that may be entered; a provider must confirm it")
    ]
    onlyFoundServers: Annotated[
        Flag, Field(description="Use only the servers found for the address; the person cannot enter others")
    ]
    delegated: Annotated[
        Flag, Field(description="`email` is a shared mailbox; the person signs in with their own account")
    ]
    notifyFrom: Annotated[
        Moment, Field(description="Mail older than this is not announced; by default the time of registration")
    ]
    syncFrom: Annotated[Moment, Field(description="Stored for older clients; it has no effect")]
    path: Annotated[MailboxPaths, _FEW, Field(description="Folders to watch; all by default")]
    subconnections: Annotated[SubconnectionPaths, _FEW, Field(description="Folders that each get an extra connection")]
    type: Annotated[
        Annotated[str, StringConstraints(max_length=256)] | None,
        BeforeValidator(_no_type),
        Field(description="The id of an OAuth2 application, or `imap`; by default the person chooses"),
    ]
