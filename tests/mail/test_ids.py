"""Public ids: made, read back, and told from what is none."""

from __future__ import annotations

import base64
import struct

import pytest

from postroom.mail.ids import (
    AttachmentId,
    MessageId,
    NotAnId,
    TextId,
    attachment_id,
    message_id,
    read_attachment_id,
    read_message_id,
    read_text_id,
    text_id,
)


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


HEAD = struct.pack(">II", 3, 4711)


def test_ids_are_short_and_hold_folder_and_uid() -> None:
    assert len(message_id(3, 4711)) == 11
    assert message_id(3, 4711) == encoded(HEAD)
    assert attachment_id(3, 4711, "2.1") == encoded(HEAD + b"2.1")
    assert text_id(3, 4711, ["1", "2.1"]) == encoded(HEAD + b"T1,2.1")


@pytest.mark.parametrize(("number", "uid"), [(1, 1), (3, 4711), (2**32 - 1, 2**32 - 1)])
@pytest.mark.parametrize("section", ["1", "2.1", "10.4.4294967295"])
def test_what_was_made_is_read_back(number: int, uid: int, section: str) -> None:
    assert read_message_id(message_id(number, uid)) == MessageId(number, uid)
    assert read_attachment_id(attachment_id(number, uid, section)) == AttachmentId(number, uid, section)
    assert read_text_id(text_id(number, uid, [section, "9"])) == TextId(number, uid, (section, "9"))
    assert read_text_id(text_id(number, uid, [])) == TextId(number, uid, ())


NEVER = [
    "",
    "AAAAAwAAEm",
    "AAAAAwAAEmc=",
    " AAAAAwAAEmc",
    "AAAAAwAAEmc\n",
    "AAAAAwAAEmd",
    "Ä" * 11,
    "+" * 11,
    "nothing of the kind",
    encoded(struct.pack(">II", 0, 1)),
    encoded(struct.pack(">II", 1, 0)),
    encoded(HEAD + b"\xff"),
    encoded(HEAD + b"1\r\n"),
    encoded(HEAD + b"1] BODY[2"),
    encoded(HEAD + b"0"),
    encoded(HEAD + b"1."),
    encoded(HEAD + b"T1,"),
    encoded(HEAD + b"TEXT"),
]


@pytest.mark.parametrize("text", NEVER)
def test_what_is_no_id_is_told(text: str) -> None:
    for read in (read_message_id, read_attachment_id, read_text_id):
        with pytest.raises(NotAnId):
            read(text)


def test_an_id_of_another_kind_is_none() -> None:
    message, attachment, text = message_id(3, 4711), attachment_id(3, 4711, "1"), text_id(3, 4711, ["1"])
    for read, others in (
        (read_message_id, (attachment, text)),
        (read_attachment_id, (message, text)),
        (read_text_id, (message, attachment)),
    ):
        for each in others:
            with pytest.raises(NotAnId, match="is not the id of a"):
                read(each)


def test_the_error_shows_a_long_text_short_and_in_ascii() -> None:
    with pytest.raises(NotAnId) as caught:
        read_message_id("é\x1b" * 10_000)
    assert str(caught.value).isprintable()
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 300
