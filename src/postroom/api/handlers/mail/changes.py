"""Handlers that change, move and delete messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from starlette.responses import Response

from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.mail.flags import normal_flags, normal_labels
from postroom.mailboxes.changing.edits import Edit, Effect
from postroom.mailboxes.changing.many import ManyMoved
from postroom.mailboxes.changing.service import MessageChanged, Placed
from postroom.mailboxes.changing.storing import Change
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.mail import changes as change_req
from postroom.schemas.requests.mail.searches import terms_of

if TYPE_CHECKING:
    from postroom.schemas.answers.mail import changes as change_ans

_EMPTY: Final = (
    '"search" must not be empty, nor hold an empty search: it would delete every message. '
    'For that, search {"uid": "1:*"}'
)


async def change_message(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/message/{message}"""
    changed = await api.changes.change(call.account, call.path["message"], _change(call.body), time_allowed(call))
    return answer(_changed(changed))


async def move_message(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/message/{message}/move"""
    body: change_req.MessageMove = call.body
    return answer(_moved(await api.changes.move(call.account, call.path["message"], body["path"], time_allowed(call))))


async def delete_message(api: Api, call: Call) -> Response:
    """DELETE /v1/account/{account}/message/{message}"""
    query: change_req.DeletionQuery = call.query
    placed = await api.changes.delete(call.account, call.path["message"], time_allowed(call), force=query.force)
    return answer(_deleted(placed))


async def change_messages(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/messages"""
    body: change_req.MessagesChange = call.body
    query: change_req.FolderOfMessagesQuery = call.query
    terms, change = terms_of(body["search"]), _change(body["update"])
    changed = await api.changes.change_found(call.account, query.path, terms, change, time_allowed(call))
    shown: change_ans.MessagesChanged = {"found": changed.found, "changed": changed.changed}
    if changed.flags is not None:
        shown["flags"] = _effect(changed.flags)
    if changed.labels is not None:
        shown["labels"] = cast("change_ans.LabelEffect", _effect(changed.labels))
    return answer(shown)


async def move_messages(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/messages/move"""
    body: change_req.MessagesMove = call.body
    query: change_req.FolderOfMessagesQuery = call.query
    terms = terms_of(body["search"])
    moved = await api.changes.move_found(call.account, query.path, terms, body["path"], time_allowed(call))
    shown: change_ans.MessagesMoved = {"path": moved.path, "found": moved.found, "idMap": _id_map(moved)}
    if moved.email_ids is not None:
        shown["emailIds"] = list(moved.email_ids)
    return answer(shown)


async def delete_messages(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/messages/delete"""
    body: change_req.MessagesDeletion = call.body
    query: change_req.DeletionsQuery = call.query
    terms = terms_of(body["search"])
    if any(each.are_empty for each in terms.all()):
        raise InvalidRequest([FaultyField("search", _EMPTY)])
    found = await api.changes.delete_found(call.account, query.path, terms, time_allowed(call), force=query.force)
    shown: change_ans.MessagesDeleted = {"deleted": found.moved is None, "found": found.found}
    if found.moved is not None:
        shown["moved"] = {"destination": found.moved.path, "idMap": _id_map(found.moved)}
        if found.moved.email_ids is not None:
            shown["moved"]["emailIds"] = list(found.moved.email_ids)
    return answer(shown)


def _id_map(moved: ManyMoved) -> list[list[str]]:
    return [list(pair) for step in moved.moves for pair in step.ids()]


def _change(body: change_req.MessageChange) -> Change:
    flags, labels = body.get("flags"), body.get("labels")
    return Change(
        None if flags is None else Edit(*(_names(flags.get(name)) for name in ("add", "delete", "set"))),
        None if labels is None else Edit(*(_names(labels.get(name)) for name in ("add", "delete"))),
    )


def _names(sent: object) -> tuple[str, ...] | None:
    return tuple(cast(list[str], sent)) if sent is not None else None


def _changed(changed: MessageChanged) -> change_ans.MessageChanged:
    shown: change_ans.MessageChanged = {}
    if changed.flags is not None:
        shown["flags"] = _effect(changed.flags)
        if changed.now.flags is not None:
            shown["flags"]["now"] = sorted(normal_flags(changed.now.flags))
    if changed.labels is not None:
        shown["labels"] = cast("change_ans.LabelEffect", _effect(changed.labels))
        if changed.now.labels is not None:
            shown["labels"]["now"] = normal_labels(changed.now.labels)
    return shown


def _effect(effect: Effect) -> change_ans.FlagEffect:
    shown: change_ans.FlagEffect = {}
    if effect.add is not None:
        shown["add"] = effect.add
    if effect.delete is not None:
        shown["delete"] = effect.delete
    if effect.replace is not None:
        shown["set"] = effect.replace
    return shown


def _moved(placed: Placed) -> change_ans.MessageMovedTo:
    shown: change_ans.MessageMovedTo = {"path": placed.path}
    if placed.id is not None and placed.uid is not None:
        shown["id"], shown["uid"] = placed.id, placed.uid
    return shown


def _deleted(placed: Placed | None) -> change_ans.MessageDeleted:
    if placed is None:
        return {"deleted": True}
    moved: change_ans.MovedToTrash = {"destination": placed.path}
    if placed.id is not None:
        moved["message"] = placed.id
    return {"deleted": False, "moved": moved}
