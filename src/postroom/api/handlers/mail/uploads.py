"""The handler that adds a message to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from starlette.responses import Response

from postroom.api.checking.problems import FieldProblem
from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import from_iso
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure
from postroom.mailboxes.uploading.upload import ReferredTo, TakenFile, Upload
from postroom.schemas.answers.mail.uploads import UploadedMessage
from postroom.schemas.requests.mail.uploads import NewMessage
from postroom.schemas.requests.mail.writing import Recipient, ReferenceTo, UploadedFile

_BESIDE_RAW = frozenset({"path", "flags", "internalDate", "raw", "locale", "tz"})


async def upload_message(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/message"""
    body: NewMessage = call.body
    _check(body)
    moment, reference = body.get("internalDate"), body.get("reference")
    files = body.get("attachments", ())
    upload = Upload(
        path=body["path"],
        raw=body.get("raw"),
        draft=lambda own: _draft(body, own),
        flags=tuple(body.get("flags", ())),
        internal_date=datetime.fromtimestamp(from_iso(moment) / 1000, UTC) if moment is not None else None,
        reference=_reference(reference) if reference is not None else None,
        files=tuple(_taken(id_, file) for file in files if (id_ := file.get("reference"))),
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
        problem = done.referred.problem
        shown["reference"] = {"message": done.referred.message, "success": problem is None}
        if problem is not None:
            shown["reference"]["error"] = problem
    return answer(shown)


def _check(body: NewMessage) -> None:
    """Refuse fields beside a whole message, and files without one source. Raises InvalidRequest."""
    problems = [
        FieldProblem(f"attachments.{place}.content", 'send either "content" or "reference"')
        for place, file in enumerate(body.get("attachments", ()))
        if (file.get("content") is None) is (file.get("reference") is None)
    ]
    if body.get("raw") is not None:
        beside = [name for name, value in body.items() if name not in _BESIDE_RAW and value not in (None, [], {})]
        problems += [FieldProblem(name, f'"{name}" cannot go with "raw"') for name in beside]
    if problems:
        raise InvalidRequest(problems)


def _draft(body: NewMessage, own: Correspondent) -> Draft:
    sender = body.get("from")
    return Draft(
        sender=_correspondent(sender) if sender is not None else own,
        to=_correspondents(body.get("to", ())),
        cc=_correspondents(body.get("cc", ())),
        bcc=_correspondents(body.get("bcc", ())),
        reply_to=_correspondents(body.get("replyTo", ())),
        subject=body.get("subject") or "",
        # An empty HTML text beside a plain one would be what readers show.
        text=body.get("text") or None,
        html=body.get("html") or None,
        enclosures=tuple(_enclosure(file) for file in body.get("attachments", ()) if not file.get("reference")),
        message_id=f"<{id_}>" if (id_ := body.get("messageId")) else None,
        headers=tuple(body.get("headers", {}).items()),
    )


def _correspondents(given: Iterable[Recipient]) -> tuple[Correspondent, ...]:
    return tuple(_correspondent(each) for each in given)


def _correspondent(given: Recipient) -> Correspondent:
    return Correspondent(given["address"], given.get("name") or "")


def _enclosure(file: UploadedFile) -> Enclosure:
    return Enclosure(
        file["content"],
        file.get("contentType") or "application/octet-stream",
        file.get("filename"),
        file.get("contentDisposition"),
        file.get("cid"),
    )


def _taken(attachment: str, file: UploadedFile) -> TakenFile:
    return TakenFile(
        attachment, file.get("contentType"), file.get("filename"), file.get("contentDisposition"), file.get("cid")
    )


def _reference(given: ReferenceTo) -> ReferredTo:
    return ReferredTo(
        message=given["message"],
        action=given.get("action", "reply"),
        inline=given.get("inline", False),
        with_attachments=given.get("forwardAttachments", False),
        ignore_missing=given.get("ignoreMissing", False),
    )
