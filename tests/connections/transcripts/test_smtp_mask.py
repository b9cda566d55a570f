"""What is shown of an SMTP dialogue: commands and replies, no step of AUTH, and no octet of a message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.connections.transcripts.smtp_mask import SmtpMask
from postroom.smtp.dots import END_OF_DATA, Dots

HOSTILE = st.lists(
    st.sampled_from([b"SECRET", b"\r\n", b".", b"MAIL FROM:<SECRET>", b"QUIT\r\n", b"BDAT 7 LAST\r\nSECRET", b"AUTH "]),
    min_size=1,
    max_size=20,
).map(b"".join)


def test_a_usual_dialogue() -> None:
    mask = SmtpMask()
    assert mask.received(220, "mx ready") == "220 mx ready"
    assert mask.sent(b"EHLO me.example\r\n") == ["EHLO me.example"]
    assert mask.received(250, "mx\nPIPELINING\nAUTH PLAIN") == "250 mx / PIPELINING / AUTH PLAIN"
    assert mask.sent(b"AUTH PLAIN AHUAcGFzcw==\r\n") == ["AUTH PLAIN ******"]
    assert mask.received(235, "welcome") == "235 welcome"
    assert mask.sent(b"MAIL FROM:<a@b.c> SIZE=3\r\nRCPT TO:<d@e.f>\r\n", 2) == [
        "MAIL FROM:<a@b.c> SIZE=3",
        "RCPT TO:<d@e.f>",
    ]
    assert [mask.received(250, "ok"), mask.received(250, "ok")] == ["250 ok", "250 ok"]
    assert mask.sent(b"DATA\r\n") == ["DATA"]
    assert mask.received(354, "go") == "354 go"
    assert mask.sent(b"Subject: x\r\n", 0) == []
    assert mask.sent(END_OF_DATA, 1) == ["(15 octets of a message)"]
    assert mask.received(250, "queued") == "250 queued"
    assert mask.sent(b"QUIT\r\n") == ["QUIT"]


def test_every_step_of_auth_is_masked() -> None:
    mask = SmtpMask()
    assert mask.sent(b"auth LOGIN\r\n") == ["AUTH LOGIN ******"]
    assert mask.received(334, "VXNlcm5hbWU6") == "334 ******"
    assert mask.sent(b"QUIT\r\n") == ["******"]
    assert mask.received(334, "UGFzc3dvcmQ6") == "334 ******"
    assert mask.sent(b"c2VjcmV0\r\n") == ["******"]
    assert mask.received(535, "5.7.8 no") == "535 5.7.8 no"
    assert mask.sent(b"RSET\r\n") == ["RSET"]


def test_data_that_is_refused_is_followed_by_commands() -> None:
    mask = SmtpMask()
    mask.sent(b"DATA\r\n")
    assert mask.received(554, "no") == "554 no"
    assert mask.sent(b"RSET\r\n") == ["RSET"]


def test_what_is_no_command_is_counted() -> None:
    mask = SmtpMask()
    assert mask.sent(b"PASS secret\r\nDATAsecret\r\nMAIL secret\r\n", 3) == [
        "(11 octets)",
        "(10 octets)",
        "(11 octets)",
    ]


@given(HOSTILE, st.integers(1, 40))
def test_nothing_of_a_message_is_shown_by_data(content: bytes, size: int) -> None:
    mask, dots = SmtpMask(), Dots()
    mask.sent(b"DATA\r\n")
    mask.received(354, "go")
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    shown = [line for piece in pieces for line in mask.sent(dots.stuffed(piece), 0)]
    shown += mask.sent(dots.end().removesuffix(END_OF_DATA), 0) + mask.sent(END_OF_DATA, 1)
    assert len(shown) == 1
    assert shown[0].endswith(" octets of a message)")
    assert mask.sent(b"NOOP\r\n") == ["NOOP"]


@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_nothing_of_a_message_is_shown_by_bdat(chunks: list[bytes]) -> None:
    mask = SmtpMask()
    for number, chunk in enumerate(chunks, 1):
        last = b" LAST" if number == len(chunks) else b""
        octets = b"BDAT %d%b\r\n%b" % (len(chunk), last, chunk)
        assert mask.sent(octets[:-1], 0) == [f"BDAT {len(chunk)}{last.decode()}"]
        assert mask.sent(octets[-1:], 1) == [f"({len(chunk)} octets of a message)"]
        mask.received(250, "ok")
    assert mask.sent(b"NOOP\r\n") == ["NOOP"]
