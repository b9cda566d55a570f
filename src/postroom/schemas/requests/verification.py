"""The type of the request to verify settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from postroom.schemas.fields import (
    EhloName,
    Flag,
    ProxyUrl,
)
from postroom.schemas.protocols import (
    ImapBlock,
    SmtpBlock,
    TriedOAuth2Block,
)
from postroom.schemas.requests.queries import STRICT


@with_config(STRICT)
class Verify(TypedDict, total=False):
    """Settings to verify. Nothing is stored."""

    imap: ImapBlock
    smtp: SmtpBlock
    oauth2: TriedOAuth2Block
    mailboxes: Annotated[Flag, Field(description="Also list the folders")]
    proxy: ProxyUrl
    smtpEhloName: EhloName
