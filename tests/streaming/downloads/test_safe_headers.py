"""What senders wrote becomes headers that no browser and no client can be tricked with."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.streaming.downloads.safe_headers import content_disposition, content_type, safe_name


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ("my file.pdf", 'attachment; filename="my file.pdf"'),
        ("Grüße.pdf", "attachment; filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf"),
        ("100%.pdf", "attachment; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
        ('a"; filename="b.exe', 'attachment; filename="a_; filename=_b.exe"'),
        ("a\r\nSet-Cookie: x=y.pdf", 'attachment; filename="a Set-Cookie_ x=y.pdf"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\Users\\x\\a.doc", 'attachment; filename="a.doc"'),
        ("fdp.\u202eexe", 'attachment; filename="fdp.exe"'),
        ("a\x00\x1f\x7f.txt", 'attachment; filename="a.txt"'),
        (".htaccess", 'attachment; filename="htaccess"'),
        ("  ", 'attachment; filename="attachment"'),
        ("..", 'attachment; filename="attachment"'),
        (None, 'attachment; filename="attachment"'),
    ],
)
def test_file_names(filename: str | None, header: str) -> None:
    assert content_disposition(filename, "application/pdf") == header


def test_a_message_without_a_name_has_the_extension_of_messages() -> None:
    assert content_disposition(None, "message/rfc822") == 'attachment; filename="message.eml"'


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("x" * 8_000 + ".pdf")
    assert len(name) == 200
    assert name.endswith("x.pdf")
    assert len(safe_name("x." + "y" * 10_000)) == 200


@given(st.text(max_size=300))
def test_no_name_breaks_out_of_the_header(filename: str) -> None:
    header = content_disposition(filename, "a/b")
    assert header.isascii()
    assert header.isprintable()
    quoted = header.removeprefix('attachment; filename="')
    plain, _, encoded = quoted.partition('"')
    assert "\\" not in plain
    assert encoded == "" or encoded.startswith("; filename*=UTF-8''")
    assert '"' not in encoded
    name = unquote(encoded.partition("''")[2]) or plain
    assert "/" not in name
    assert not name.startswith(".")


@pytest.mark.parametrize(
    ("told", "charset", "sent"),
    [
        ("application/pdf", None, "application/pdf"),
        ("text/plain", "utf-8", "text/plain; charset=utf-8"),
        ("text/plain", "x\r\nA: b", "text/plain"),
        ("text", None, "application/octet-stream"),
        ("text/", None, "application/octet-stream"),
        ("a b/c", None, "application/octet-stream"),
        ("a/b; c=d", None, "application/octet-stream"),
        ("a/b\r\nX: y", None, "application/octet-stream"),
        ("a/" + "b" * 200, None, "application/octet-stream"),
        ("gr\xfc/n", None, "application/octet-stream"),
    ],
)
def test_types(told: str, charset: str | None, sent: str) -> None:
    assert content_type(told, charset) == sent
