"""Messages as callers send them: line ends and the Message-ID."""

from __future__ import annotations

import pytest

from postroom.mail.composing.whole.raw import with_message_id


@pytest.mark.parametrize(
    ("raw", "octets", "id_"),
    [
        (b"Message-Id: <a@b>\n\nhello\n", b"Message-Id: <a@b>\r\n\r\nhello\r\n", "<a@b>"),
        (
            b"Subject: x\r\nMessage-ID:\r\n <a@b> (c)\r\n\r\nh",
            b"Subject: x\r\nMessage-ID:\r\n <a@b> (c)\r\n\r\nh",
            "<a@b>",
        ),
        (b"Subject: x\r\rhello", b"Message-ID: <new@x>\r\nSubject: x\r\n\r\nhello", "<new@x>"),
        (b"Message-ID: none\r\n\r\n", b"Message-ID: <new@x>\r\nMessage-ID: none\r\n\r\n", "<new@x>"),
        (b"Message-ID: <a@b> <c@d>\r\n\r\n", b"Message-ID: <a@b> <c@d>\r\n\r\n", "<a@b>"),
        # A second Message-ID would be worse than one without brackets.
        (b"Message-ID:\r\n a@b \r\n\r\n", b"Message-ID:\r\n a@b \r\n\r\n", "a@b"),
        (b"Message-ID: <\xc3\xa4@b>\r\n\r\n", b"Message-ID: <\xc3\xa4@b>\r\n\r\n", "<\u00e4@b>"),
        (b"\nMessage-ID: <body@x>", b"Message-ID: <new@x>\r\n\r\nMessage-ID: <body@x>", "<new@x>"),
        (b"\nhello", b"Message-ID: <new@x>\r\n\r\nhello", "<new@x>"),
    ],
)
def test_a_message_has_line_ends_and_an_id(raw: bytes, octets: bytes, id_: str) -> None:
    assert with_message_id(raw, "<new@x>") == (octets, id_)
