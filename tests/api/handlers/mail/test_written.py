"""From the fields of a request to a draft."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from postroom.api.handlers.mail.written import draft_of, reference_of, shown_reference, taken_files
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure
from postroom.mailboxes.uploading.upload import Referred, ReferredTo, TakenFile
from postroom.schemas.requests.mail.writing import WrittenMessage

ADAPTER: TypeAdapter[Any] = TypeAdapter(WrittenMessage)
OWN = Correspondent("own@example.com", "Own")


def body(**fields: Any) -> Any:
    return ADAPTER.validate_python(fields)


def test_nothing_is_a_draft_of_the_account() -> None:
    assert draft_of(body(), OWN) == Draft(OWN)


def test_empty_texts_are_none() -> None:
    draft = draft_of(body(text="", html="", subject=None), OWN)
    assert (draft.text, draft.html, draft.subject) == (None, None, "")


def test_every_field_has_its_place() -> None:
    sent = body(
        **{"from": "Ada <ada@example.com>"},
        to="a@b.example",
        cc="c@d.example",
        bcc="e@f.example",
        replyTo="g@h.example",
        subject="S",
        text="T",
        html="H",
        messageId="1@x",
        headers={"X-A": "b"},
        attachments=[{"content": "YQ", "filename": "f", "contentType": "text/plain", "cid": "c"}, {"reference": "R"}],
    )
    assert draft_of(sent, OWN) == Draft(
        sender=Correspondent("ada@example.com", "Ada"),
        to=(Correspondent("a@b.example"),),
        cc=(Correspondent("c@d.example"),),
        bcc=(Correspondent("e@f.example"),),
        reply_to=(Correspondent("g@h.example"),),
        subject="S",
        text="T",
        html="H",
        enclosures=(Enclosure(b"a", "text/plain", "f", None, "c"),),
        message_id="<1@x>",
        headers=(("X-A", "b"),),
    )
    assert taken_files(sent) == (TakenFile("R"),)


def test_a_reference_is_a_reply_unless_it_says_otherwise() -> None:
    assert reference_of(body()) is None
    assert reference_of(body(reference={"message": "M"})) == ReferredTo("M", "reply")
    asked = {"message": "M", "action": "forward", "inline": "Y", "forwardAttachments": 1, "ignoreMissing": True}
    assert reference_of(body(reference={**asked, "messageId": "<1@x>"})) == ReferredTo(
        "M", "forward", inline=True, with_attachments=True, ignore_missing=True, message_id="1@x"
    )


def test_what_became_of_a_reference_is_told() -> None:
    assert shown_reference(Referred("M")) == {"message": "M", "success": True}
    assert shown_reference(Referred("M", "gone")) == {"message": "M", "success": False, "error": "gone"}
