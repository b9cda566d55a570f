"""The storage quota of an account, read from the server in the form of the API."""

from __future__ import annotations

from typing import Final, Literal, TypedDict

from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import failed
from postroom.imap.capabilities import supports
from postroom.imap.commands.quota import GetQuotaRoot
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import QuotaData

_UNIT: Final = 1024


class QuotaObject(TypedDict):
    """The storage of an account in bytes. `status` is the used share, for example `10%`."""

    usage: int
    limit: int
    status: str


async def read_quota(client: ImapClient) -> QuotaObject | Literal[False]:
    """Return `{usage, limit, status}` of INBOX in bytes and percent; False when the server has no quota.

    If there are several limits, the one that is reached first counts. Raises ConnectionFailed.
    """
    if not supports(client.capabilities, "QUOTA"):
        return False
    try:
        told = await client.run(GetQuotaRoot("INBOX"))
    except CommandFailed as refusal:
        if refusal.status == "BYE":
            raise failed(refusal, "sync") from refusal
        return False
    return storage_of(told)


def storage_of(quotas: tuple[QuotaData, ...]) -> QuotaObject | Literal[False]:
    """Return the fullest storage quota among these; False when there is none."""
    limits = [quota.resources["STORAGE"] for quota in quotas if "STORAGE" in quota.resources]
    known = [(usage, limit) for usage, limit in limits if limit > 0]
    if not known:
        return False
    usage, limit = max(known, key=lambda pair: pair[0] / pair[1])
    return {"usage": usage * _UNIT, "limit": limit * _UNIT, "status": f"{round(usage * 100 / limit)}%"}
