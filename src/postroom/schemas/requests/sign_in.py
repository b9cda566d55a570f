"""What a link to the hosted sign-in may be asked with."""

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
    """What the page is for. People see what is asked for here: it is part of the link."""

    redirectUrl: Required[Annotated[RequiredPageUrl, Field(description="Where the browser goes in the end")]]
    account: Annotated[AccountId | None, Field(description="Your id for the account; null to have one made")]
    name: Annotated[OptionalText, Field(description="Display name, if you know it")]
    email: Annotated[OptionalEmail, Field(description="The address, if you know it; people may enter another")]
    expectedEmail: Annotated[
        OptionalEmail, Field(description="The only address that may be entered, and that a provider must confirm")
    ]
    onlyFoundServers: Annotated[
        Flag, Field(description="The servers are those found for the address; people cannot enter others")
    ]
    delegated: Annotated[Flag, Field(description="`email` is a shared mailbox; people sign in as themselves for it")]
    notifyFrom: Annotated[Moment, Field(description="Older mail is not announced; the time of creation unless given")]
    syncFrom: Annotated[Moment, Field(description="Kept for older clients")]
    path: Annotated[MailboxPaths, _FEW, Field(description="Folders to watch, all unless given")]
    subconnections: Annotated[
        SubconnectionPaths, _FEW, Field(description="Folders to watch on connections of their own")
    ]
    type: Annotated[
        Annotated[str, StringConstraints(max_length=256)] | None,
        BeforeValidator(_no_type),
        Field(description="The id of an OAuth2 application, or `imap`; people choose unless given"),
    ]
