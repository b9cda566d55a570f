"""Turns the fields of a message in a request into a draft, the files it takes over, and its reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from postroom.mail.composing.draft import Correspondent, Draft, Enclosure
from postroom.mailboxes.uploading.upload import Referred, ReferredTo, TakenFile
from postroom.schemas.requests.mail.writing import Recipient, ReferenceTo, UploadedFile, WrittenMessage

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.uploads import UploadReference

__all__ = ["draft_of", "reference_of", "shown_reference", "taken_files"]


def draft_of(body: WrittenMessage, own: Correspondent) -> Draft:
    """Return the draft of a message from its fields; `own` is the sender if the request names none."""
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


def taken_files(body: WrittenMessage) -> tuple[TakenFile, ...]:
    """Return the files of other messages that a message takes over."""
    files = body.get("attachments", ())
    return tuple(_taken(id_, file) for file in files if (id_ := file.get("reference")))


def reference_of(body: WrittenMessage) -> ReferredTo | None:
    """Return the message that a message answers or forwards."""
    given: ReferenceTo | None = body.get("reference")
    if given is None:
        return None
    return ReferredTo(
        message=given["message"],
        action=given.get("action", "reply"),
        inline=given.get("inline", False),
        with_attachments=given.get("forwardAttachments", False),
        ignore_missing=given.get("ignoreMissing", False),
        message_id=given.get("messageId"),
    )


def shown_reference(referred: Referred) -> UploadReference:
    """Return what became of a reference, for the answer."""
    shown: UploadReference = {"message": referred.message, "success": referred.problem is None}
    if referred.problem is not None:
        shown["error"] = referred.problem
    return shown


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
