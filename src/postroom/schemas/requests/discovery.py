"""The types of requests for autoconfig and diagnosis."""

from __future__ import annotations

from pydantic import BaseModel, Field, with_config
from typing_extensions import TypedDict

from postroom.schemas.fields import EhloName, Email
from postroom.schemas.protocols import ImapBlock, SmtpBlock, TriedOAuth2Block
from postroom.schemas.requests.queries import QUERY, STRICT


class AutoconfigQuery(BaseModel):
    """Whose servers to look for."""

    model_config = QUERY
    email: Email = Field(
        description="The address. Only servers of its domain get all of it; others get the domain",
        examples=["user@example.com"],
    )


@with_config(STRICT)
class Examine(TypedDict, total=False):
    """Settings to examine. Nothing is stored."""

    imap: ImapBlock
    smtp: SmtpBlock
    oauth2: TriedOAuth2Block
    smtpEhloName: EhloName
