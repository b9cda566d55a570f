"""Handlers for folders: list, create, rename, subscribe, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import iso
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.mail.folders import FolderChange, FolderListQuery, FolderQuery, NewFolder

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.folders import FolderChanged, FolderCreated, FolderDeleted, FolderListing


async def list_folders(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/mailboxes"""
    query: FolderListQuery = call.query
    found = await api.folders.list(call.account, time_allowed(call), counters=query.counters)
    shown: FolderListing = {"mailboxes": found.folders}
    if found.stored:
        shown["stored"] = True
        if found.stored_at is not None:
            shown["storedAt"] = iso(found.stored_at)
    return answer(shown)


async def create_folder(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/mailbox"""
    body: NewFolder = call.body
    done = await api.folders.create(call.account, body["path"], time_allowed(call), subscribed=body.get("subscribed"))
    shown: FolderCreated = {"path": done.path, "created": done.created}
    if done.mailbox_id is not None:
        shown["mailboxId"] = done.mailbox_id
    if done.subscribed is not None:
        shown["subscribed"] = done.subscribed
    return answer(shown)


async def change_folder(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/mailbox"""
    body: FolderChange = call.body
    new, subscribed = body.get("newPath"), body.get("subscribed")
    if new is None and subscribed is None:
        raise InvalidRequest([FaultyField("newPath", 'One of "newPath" and "subscribed" is required')])
    done = await api.folders.change(call.account, body["path"], time_allowed(call), new_name=new, subscribed=subscribed)
    shown: FolderChanged = {"path": done.path}
    if done.new_path is not None:
        shown["newPath"] = done.new_path
    if done.renamed is not None:
        shown["renamed"] = done.renamed
    if done.subscribed is not None:
        shown["subscribed"] = done.subscribed
    if done.mailbox_id is not None:
        shown["mailboxId"] = done.mailbox_id
    return answer(shown)


async def delete_folder(api: Api, call: Call) -> Response:
    """DELETE /v1/account/{account}/mailbox"""
    query: FolderQuery = call.query
    done = await api.folders.delete(call.account, query.path, time_allowed(call))
    shown: FolderDeleted = {"path": done.path, "deleted": True}
    if done.mailbox_id is not None:
        shown["mailboxId"] = done.mailbox_id
    return answer(shown)
