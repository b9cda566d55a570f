"""Part trees: numbering, what is words and what is attached, and trees that are no trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postroom.imap.parsing.bodystructure import MAX_NESTING, BodyPart, read_body
from tests.imap.reading import read_fetched

PLAIN = b'("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "7BIT" 20 2 NIL NIL NIL NIL)'
HTML = b'("text" "html" ("charset" "utf-8") NIL NIL "quoted-printable" 90 4 NIL NIL NIL NIL)'
IMAGE = b'("image" "png" ("name" "i.png") "<i@x>" NIL "base64" 400 NIL ("inline" ("filename" "i.png")) NIL NIL)'
PDF = b'("application" "pdf" NIL NIL "a plan" "base64" 900 "d5" ("attachment" ("filename" "p.pdf")) ("en" "de") "http://x")'
ENVELOPE = b'(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL)'


def multipart(subtype: bytes, *parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b' "' + subtype + b'" ("boundary" "b") NIL NIL NIL)'


def message(body: bytes) -> bytes:
    return b'("message" "rfc822" NIL NIL NIL "7bit" 700 ' + ENVELOPE + b" " + body + b" 31 NIL NIL NIL NIL)"


def body(data: bytes) -> BodyPart:
    found = read_fetched(b"UID 5 BODYSTRUCTURE " + data)
    assert found.uid == 5
    assert found.body is not None
    return found.body


def outline(part: BodyPart) -> list[tuple[str, str]]:
    return [(part.section, part.content_type) for part in part.walk()]


def test_a_single_part_is_number_one() -> None:
    assert body(PLAIN) == BodyPart("1", "text", "plain", params={"charset": "UTF-8"}, encoding="7bit", size=20, lines=2)


def test_every_field_finds_its_place() -> None:
    part = body(multipart(b"mixed", PLAIN, PDF)).parts[1]
    assert part == BodyPart(
        "2",
        "application",
        "pdf",
        description="a plan",
        encoding="base64",
        size=900,
        md5="d5",
        disposition="attachment",
        disposition_params={"filename": "p.pdf"},
        language=("en", "de"),
        location="http://x",
    )


def test_multiparts_are_numbered_by_level() -> None:
    tree = body(multipart(b"mixed", multipart(b"related", multipart(b"alternative", PLAIN, HTML), IMAGE), PDF))
    assert outline(tree) == [
        ("TEXT", "multipart/mixed"),
        ("1", "multipart/related"),
        ("1.1", "multipart/alternative"),
        ("1.1.1", "text/plain"),
        ("1.1.2", "text/html"),
        ("1.2", "image/png"),
        ("2", "application/pdf"),
    ]
    assert [part.section for part in tree.text_parts()] == ["1.1.1", "1.1.2"]
    assert [part.section for part in tree.attachments()] == ["1.2", "2"]


def test_the_body_of_an_enclosed_message_is_numbered_within_it() -> None:
    tree = body(multipart(b"mixed", PLAIN, message(multipart(b"mixed", PLAIN, PDF)), message(HTML)))
    assert outline(tree) == [
        ("TEXT", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "message/rfc822"),
        ("2.TEXT", "multipart/mixed"),
        ("2.1", "text/plain"),
        ("2.2", "application/pdf"),
        ("3", "message/rfc822"),
        ("3.1", "text/html"),
    ]
    enclosed = tree.parts[1]
    assert enclosed.envelope is not None
    assert (enclosed.envelope.subject, enclosed.lines, enclosed.size) == ("inner", 31, 700)
    assert [part.section for part in tree.text_parts()] == ["1"], "an enclosed message's words are not this one's"
    assert [part.section for part in tree.attachments()] == ["2", "3"]


def test_a_message_that_is_only_an_enclosed_message() -> None:
    assert outline(body(message(PLAIN))) == [("1", "message/rfc822"), ("1.1", "text/plain")]


def test_a_named_text_is_attached_unless_it_is_all_there_is() -> None:
    named = PLAIN.replace(b'("CHARSET" "UTF-8")', b'("NAME" "notes.txt")')
    tree = body(multipart(b"mixed", PLAIN, named))
    assert [part.filename for part in tree.attachments()] == ["notes.txt"]
    assert body(named).attachments() == ()
    assert body(named).text_parts() == (body(named),)


def test_alternatives_are_the_words_whatever_their_names() -> None:
    plain = PLAIN.replace(b'("CHARSET" "UTF-8")', b'("NAME" "body.txt")')
    html = HTML.replace(b'("charset" "utf-8")', b'("name" "body.html")')
    tree = body(multipart(b"mixed", multipart(b"alternative", plain, multipart(b"related", html, IMAGE)), PDF))
    assert [part.section for part in tree.text_parts()] == ["1.1", "1.2.1"]
    assert [part.section for part in tree.attachments()] == ["1.2.2", "2"]


@pytest.mark.parametrize(
    ("data", "content_type", "is_guessed"),
    [
        (b'("text" "" ("charset" "us-ascii") NIL NIL "7bit" 7 1 NIL NIL NIL NIL)', "text/plain", False),
        (b'("TEXT" NIL NIL NIL NIL "7bit" 7 1)', "text/plain", False),
        (b'("" "" NIL NIL NIL "7bit" 7 NIL NIL NIL NIL)', "text/plain", True),
        (b'("garbage" "" NIL NIL NIL "7bit" 7 NIL NIL NIL NIL)', "text/plain", False),
        (b'("html" "" NIL NIL NIL "7bit" 7 NIL NIL NIL NIL)', "text/html", False),
        (b'("application" "" NIL NIL NIL "base64" 7 NIL NIL NIL NIL)', "application/octet-stream", False),
        (b'(NIL NIL NIL NIL NIL "base64" 7)', "application/octet-stream", True),
    ],
)
def test_types_without_subtypes_as_servers_tell_them(data: bytes, content_type: str, is_guessed: bool) -> None:
    part = body(data)
    assert (part.content_type, part.is_guessed) == (content_type, is_guessed)


def test_a_text_sent_as_an_attachment_is_one() -> None:
    attached = b'("text" "plain" NIL NIL NIL "7bit" 5 1 NIL ("ATTACHMENT" NIL) NIL NIL)'
    assert body(attached).text_parts() == ()
    assert body(attached).attachments() == (body(attached),)


@pytest.mark.parametrize(
    ("disposition", "found"),
    [
        (b'"inline"', ("inline", {})),
        (b"NIL", (None, {})),
        (b"()", (None, {})),
        (b'("inline" NIL)', ("inline", {})),
        (b'("Attachment" ("FileName" "x"))', ("attachment", {"filename": "x"})),
        (b'("attachment" "filename" "x")', ("attachment", {"filename": "x"})),
        (b'("attachment")', ("attachment", {})),
    ],
)
def test_dispositions(disposition: bytes, found: tuple[str | None, dict[str, str]]) -> None:
    part = body(b'("image" "png" NIL NIL NIL "base64" 4 NIL ' + disposition + b" NIL NIL)")
    assert (part.disposition, part.disposition_params) == found


def test_file_names_in_all_their_spellings() -> None:
    part = body(
        b'("image" "png" ("name" "other" ) NIL NIL "base64" 4 NIL ("x" ("filename*" "utf-8\'\'%C3%BC.png")) NIL NIL)'
    )
    assert part.filename == "ü.png"
    part = body(b'("image" "png" ("NAME" "=?utf-8?q?=C3=BC.png?=") NIL NIL "base64" 4)')
    assert part.filename == "ü.png"
    assert body(PLAIN).filename is None


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'("mixed" ("boundary" "b") NIL NIL)', [("1", "mixed/octet-stream")]),
        (b'("multipart" "mixed" NIL NIL NIL "7bit" 0)', [("1", "multipart/mixed")]),
        (b'(() "mixed" NIL NIL NIL)', [("TEXT", "multipart/mixed")]),
        (b"(((((())))))", [("TEXT", "multipart/mixed"), ("1", "multipart/mixed"), ("1.1", "multipart/mixed")]),
        (b"(NIL NIL NIL)", [("1", "application/octet-stream")]),
        (b'(NIL ("text" "plain"))', [("TEXT", "multipart/mixed"), ("2", "text/plain")]),
        (b"(" + PLAIN + b")", [("TEXT", "multipart/mixed"), ("1", "text/plain")]),
        (b'("message" "rfc822" NIL NIL NIL "7bit" 5 NIL NIL NIL NIL)', [("1", "message/rfc822")]),
        (b'("text" "plain")', [("1", "text/plain")]),
    ],
)
def test_trees_that_servers_got_wrong(data: bytes, found: list[tuple[str, str]]) -> None:
    assert outline(body(data))[:3] == found


@pytest.mark.parametrize("value", [None, b"x", []])
def test_no_tree(value: bytes | list[Any] | None) -> None:
    assert read_body(value) is None


@pytest.mark.parametrize("wrap", [lambda inner: multipart(b"mixed", inner), message])
def test_five_hundred_nested_parts_are_cut_and_the_rest_of_the_response_is_kept(wrap: Callable[[bytes], bytes]) -> None:
    data = PLAIN
    for _ in range(500):
        data = wrap(data)
    tree = body(data)
    assert len(list(tree.walk())) == MAX_NESTING + 1
    assert list(tree.walk())[-1].parts == ()
    assert repr(tree)
    assert tree == body(data)


def test_a_thousand_parts_side_by_side() -> None:
    tree = body(multipart(b"mixed", *[PDF] * 1_000))
    assert [part.section for part in tree.attachments()] == [str(number) for number in range(1, 1_001)]
