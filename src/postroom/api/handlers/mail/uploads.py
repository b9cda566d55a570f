"""The handler that adds a message to a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.handlers.mail.written import draft_of, reference_of, shown_reference, taken_files
from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import from_iso
from postroom.mailboxes.uploading.upload import Upload
from postroom.schemas.checking.messages import upload_problems
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.mail.uploads import NewMessage

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.uploads import UploadedMessage


async def upload_message(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/message"""
    body: NewMessage = call.body
    problems = upload_problems(body)
    if problems:
        raise InvalidRequest([FaultyField(*each) for each in problems])
    moment = body.get("internalDate")
    upload = Upload(
        path=body["path"],
        raw=body.get("raw"),
        draft=lambda own: draft_of(body, own),
        flags=tuple(body.get("flags", ())),
        internal_date=datetime.fromtimestamp(from_iso(moment) / 1000, UTC) if moment is not None else None,
        reference=reference_of(body),
        files=taken_files(body),
    )
    done = await api.uploads.add(call.account, upload, time_allowed(call))
    stored = done.stored
    shown: UploadedMessage = {"path": stored.path, "messageId": done.message_id}
    if stored.id is not None:
        shown["id"] = stored.id
    if stored.uid is not None:
        shown["uid"] = stored.uid
        shown["uidValidity"] = str(stored.uidvalidity or 0)
    if stored.seq is not None:
        shown["seq"] = stored.seq
    if done.referred is not None:
        shown["reference"] = shown_reference(done.referred)
    return answer(shown)
