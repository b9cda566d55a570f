"""Folders of an account: listed, created, changed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from postroom.client.request import ApiRequest, Repeat, made, path
from postroom.client.walking import WholeWalk

if TYPE_CHECKING:
    from postroom.mail.shapes import FolderObject
    from postroom.schemas.answers.mail import folders

_FOLDER = "/v1/account/{}/mailbox"


def read(account: str, *, counters: bool = False, patience: float | None = None) -> ApiRequest[folders.FolderListing]:
    """Return the folders, and whether they are as the last sync saw them because the server could not be asked."""
    return made("GET", path(f"{_FOLDER}es", account), query={"counters": counters or None}, patience=patience)


def listed(account: str, *, counters: bool = False, patience: float | None = None) -> WholeWalk[FolderObject]:
    """Go through the folders. With `counters`, each has its numbers of messages and of unseen messages."""
    return WholeWalk(read(account, counters=counters, patience=patience), "mailboxes")


def create(
    account: str, folder: str | Sequence[str], *, subscribed: bool | None = None, patience: float | None = None
) -> ApiRequest[folders.FolderCreated]:
    """Create a folder. `folder` is its path, or the levels of its path."""
    body = _body(folder, subscribed=subscribed)
    # A folder that is there already is an answer too, so a second request does no harm.
    return made("POST", path(_FOLDER, account), body=body, repeat=Repeat.ALWAYS, patience=patience)


def update(
    account: str,
    folder: str | Sequence[str],
    *,
    new_path: str | Sequence[str] | None = None,
    subscribed: bool | None = None,
    patience: float | None = None,
) -> ApiRequest[folders.FolderChanged]:
    """Rename a folder, subscribe to it, or end the subscription."""
    body = _body(folder, subscribed=subscribed, newPath=new_path)
    # Once a folder is renamed, a second request would not find it.
    repeat = Repeat.ALWAYS if new_path is None else Repeat.UNRECEIVED
    return made("PUT", path(_FOLDER, account), body=body, repeat=repeat, patience=patience)


def delete(account: str, folder: str, *, patience: float | None = None) -> ApiRequest[folders.FolderDeleted]:
    """Delete a folder and its messages."""
    query = {"path": folder}
    return made("DELETE", path(_FOLDER, account), query=query, repeat=Repeat.UNRECEIVED, patience=patience)


def _body(folder: str | Sequence[str], **more: object) -> dict[str, object]:
    levels = folder if isinstance(folder, str) else list(folder)
    return {"path": levels, **{name: value for name, value in more.items() if value is not None}}
