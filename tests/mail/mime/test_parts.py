"""Which parts are the message's words."""

from __future__ import annotations

import pytest

from postroom.mail.mime.message import MessagePart
from postroom.mail.mime.parts import read_type, words_of


def leaf(mark: str, kind: str = "text/plain", disposition: str | None = None, name: str | None = None) -> MessagePart:
    type_, subtype = kind.split("/")
    return MessagePart(type_, subtype, {}, "", disposition, name, mark.encode())


def multipart(subtype: str, *parts: MessagePart) -> MessagePart:
    return MessagePart("multipart", subtype, parts=parts)


PLAIN, HTML = leaf("plain"), leaf("html", "text/html")
NAMED_PLAIN, NAMED_HTML = leaf("plain", name="body.txt"), leaf("html", "text/html", name="body.html")
NOTES = leaf("notes", name="notes.txt")
ATTACHED = leaf("attached", disposition="attachment")
IMAGE = leaf("image", "image/png", name="i.png")
ENCLOSED = leaf("enclosed", "message/rfc822")


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (PLAIN, "plain"),
        (NAMED_PLAIN, "plain"),
        (leaf("x", disposition="inline", name="x.txt"), "x"),
        (ATTACHED, ""),
        (IMAGE, ""),
        (leaf("csv", "text/csv"), ""),
        (multipart("alternative", PLAIN, HTML), "plain html"),
        (multipart("alternative", NAMED_PLAIN, NAMED_HTML), "plain html"),
        (multipart("alternative", NAMED_PLAIN, multipart("related", NAMED_HTML, IMAGE)), "plain html"),
        (multipart("related", multipart("alternative", NAMED_PLAIN, NAMED_HTML), IMAGE), "plain html"),
        (multipart("mixed", multipart("alternative", NAMED_PLAIN, NAMED_HTML), NOTES), "plain html"),
        (multipart("mixed", NOTES, multipart("alternative", NAMED_PLAIN, NAMED_HTML)), "notes plain html"),
        (multipart("alternative", PLAIN, ATTACHED), "plain"),
        (multipart("mixed", PLAIN, NOTES), "plain"),
        (multipart("mixed", NAMED_PLAIN, NOTES, IMAGE), "plain"),
        (multipart("mixed", IMAGE, NAMED_PLAIN), "plain"),
        (multipart("mixed", ATTACHED, NAMED_PLAIN), "plain"),
        (multipart("mixed", ENCLOSED, NAMED_PLAIN), "plain"),
        (multipart("mixed", PLAIN, IMAGE, PLAIN), "plain plain"),
        (multipart("mixed", PLAIN, multipart("mixed", NOTES)), "plain"),
        (multipart("signed", multipart("mixed", NAMED_PLAIN, NOTES), IMAGE), "plain"),
        (multipart("mixed"), ""),
    ],
)
def test_words(root: MessagePart, words: str) -> None:
    assert [part.raw.decode() for part in words_of(root)] == words.split()


@pytest.mark.parametrize(
    ("kind", "subtype", "meant"),
    [
        ("text", "plain", "text/plain"),
        ("TEXT", "HTML", "text/html"),
        ("text", "", "text/plain"),
        ("text", None, "text/plain"),
        ("", "", "text/plain"),
        ("", "plain", "text/plain"),
        ("garbage", "", "text/plain"),
        ("html", "", "text/html"),
        ("multipart", "", "multipart/mixed"),
        ("application", "", "application/octet-stream"),
        ("image", "", "image/octet-stream"),
        ("x-own", "thing", "x-own/thing"),
    ],
)
def test_types_that_are_meant(kind: str, subtype: str | None, meant: str) -> None:
    assert "/".join(read_type(kind, subtype)) == meant
