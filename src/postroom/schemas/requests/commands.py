"""The commands to an account: reconnect, disconnect, sync, flush."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from postroom.schemas.fields import (
    Flag,
    Moment,
)
from postroom.schemas.requests.accounts import Indexer
from postroom.schemas.requests.queries import STRICT


@with_config(STRICT)
class Reconnect(TypedDict, total=False):
    """`reconnect: false` does nothing."""

    reconnect: Flag


@with_config(STRICT)
class Disconnect(TypedDict, total=False):
    """`disconnect: false` does nothing."""

    disconnect: Flag


@with_config(STRICT)
class Sync(TypedDict, total=False):
    """`sync: false` does nothing."""

    sync: Flag


@with_config(STRICT)
class Flush(TypedDict, total=False):
    """Only `flush: true` does anything."""

    flush: Flag
    notifyFrom: Annotated[Moment, Field(description="Older messages are not announced again; now unless given")]
    imapIndexer: Annotated[Indexer, Field(description="How thoroughly changes are noticed from now on")]
    syncFrom: Annotated[Moment, Field(description="Kept for older clients")]
