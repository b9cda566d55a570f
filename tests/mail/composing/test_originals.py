"""Originals as read from the answers to FETCH."""

from __future__ import annotations

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.composing.draft import Correspondent, Enclosure
from postroom.mail.composing.originals import REFERENCES, read_original
from postroom.mail.composing.replying import Original

ANN = Address("Ann", "ann", "example.com")


def test_a_header_alone_makes_an_original() -> None:
    envelope = Envelope(subject="x", from_=(ANN,), message_id="<2@x>", date="today")
    told = FetchData(1, envelope=envelope, sections={REFERENCES: b"References: <0@x>\r\n <1@x>\r\n\r\n"})
    expected = Original("<2@x>", ("<0@x>", "<1@x>"), "x", (Correspondent("ann@example.com", "Ann"),), date="today")
    assert read_original(told).original == expected


def test_without_references_the_answered_message_begins_the_thread() -> None:
    told = FetchData(1, envelope=None, sections={REFERENCES: b"In-Reply-To: <0@x> (junk)\r\n\r\n"})
    assert read_original(told).original == Original(references=("<0@x>",))
    assert read_original(FetchData(1, sections={REFERENCES: None})).original == Original()


def test_ids_are_written_as_they_may_stand_in_a_header() -> None:
    long = b"<" + b"x" * 990 + b"@x>"
    references = b"References: junk <a@b> (x) <a@b>\r\n <\xc3\xa4@b> <c d> " + long + b" <e@f>\r\n\r\n"
    for own, written in (("2@x", "<2@x>"), ("< 2@x > (c)", "<2@x>"), ("<\u00e4@x>", None), ("two words", None)):
        told = FetchData(1, envelope=Envelope(message_id=own), sections={REFERENCES: references})
        original = read_original(told).original
        assert (original.message_id, original.references) == (written, ("<a@b>", "<e@f>"))


def test_texts_and_files_are_decoded() -> None:
    text = BodyPart("1", "text", "plain", {"charset": "iso-8859-1"}, encoding="quoted-printable")
    shown = BodyPart("2", "image", "png", {"name": "p.png"}, content_id="<p@x>", encoding="base64")
    event = BodyPart("3", "text", "calendar", {"method": "REQUEST"}, content_id="<c@x>", disposition="attachment")
    contents = {"1": b"h=E4llo", "2": b"YQ==", "3": b"BEGIN"}
    read = read_original(FetchData(1), {"plain": [text], "html": []}, [shown, event], contents)
    assert (read.original.text, read.original.html) == ("h\u00e4llo", None)
    assert read.enclosures == (
        Enclosure(b"a", "image/png", "p.png", "inline", "p@x"),
        Enclosure(b"BEGIN", 'text/calendar; method="REQUEST"', None, "attachment", "c@x"),
    )
