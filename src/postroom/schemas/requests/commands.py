"""The types of account commands: reconnect, disconnect, sync, flush."""

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
    """A flush needs `flush: true`."""

    flush: Flag
    notifyFrom: Annotated[Moment, Field(description="Messages older than this are not announced again; by default now")]
    imapIndexer: Annotated[Indexer, Field(description="How thoroughly changes are detected from now on")]
    syncFrom: Annotated[Moment, Field(description="Stored for older clients; it has no effect")]
