"""The paths of the screens of accounts. An id may hold any character, so it is encoded here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from postroom.http.paths import path_for

__all__ = ["ADD", "BEGIN", "CONFIRM", "LIST", "account_path", "job_path", "list_path"]

LIST: Final = "/dashboard/accounts"
ADD: Final = f"{LIST}/add"
CONFIRM: Final = "/dashboard/bulk"
BEGIN: Final = "/dashboard/bulk/begin"


def account_path(account: str, part: str = "") -> str:
    """Return the path of the page of an account, or of a part below it such as `sync`."""
    path = f"{LIST}/{quote(account, safe='')}"
    if path == ADD:
        # An account may have this id. Browsers keep letters as they are encoded, so its page has another path.
        path = f"{LIST}/%61dd"
    return f"{path}/{part}" if part else path


def job_path(job: str, part: str = "") -> str:
    """Return the path of the page of an action on many accounts."""
    path = f"{CONFIRM}/{quote(job, safe='')}"
    return f"{path}/{part}" if part else path


def list_path(wanted: Mapping[str, str]) -> str:
    """Return the path of the list with these parameters; empty ones are left out."""
    return path_for(LIST, wanted)
