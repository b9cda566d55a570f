"""The names of states that requests and answers share."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypeAliasType

from postroom.schemas.fields import OneOf
from postroom.submission.model import MessageState
from postroom.webhooks.model import SendingState

OutboxState = TypeAliasType("OutboxState", Annotated[str, OneOf([state.value for state in MessageState])])
DeliveryState = TypeAliasType("DeliveryState", Annotated[str, OneOf([state.value for state in SendingState])])
