"""The transcript of an SMTP session: the greeting and TLS come from the steps of the opening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.connections.transcripts.smtp_script import SmtpScript
from postroom.connections.transcripts.tap import NO_TAP, SpokenLine, Tap
from postroom.smtp.replies import Reply
from postroom.words.strangers import NO_SECRETS


def test_steps_are_written_down_and_passed_on() -> None:
    kept: list[SpokenLine] = []
    seen: list[str] = []
    script = SmtpScript.of(Tap("a", True, kept.append), NO_SECRETS)
    assert script is not None

    def progress(step: str, _about: Mapping[str, Any]) -> None:
        seen.append(step)

    told = script.beside(progress)
    told("greeting", {"greeting": "mx ready"})
    told("starttls", {"version": "TLSv1.3", "cipher": "AES"})
    told("capabilities", {"capabilities": ["SIZE"]})
    assert seen == ["greeting", "starttls", "capabilities"]
    assert [(line.kind, line.text) for line in kept] == [
        ("received", "220 mx ready"),
        ("note", "encrypted with TLSv1.3, AES"),
    ]


def test_replies_keep_their_codes() -> None:
    kept: list[SpokenLine] = []
    script = SmtpScript.of(Tap("a", True, kept.append), NO_SECRETS)
    assert script is not None
    script.sent(b"RCPT TO:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n", 2)
    script.received(Reply(550, "no such user\nreally", "5.1.1"))
    script.received(Reply(250, "ok"))
    script.ended(EOFError())
    assert [line.text for line in kept] == [
        "RCPT TO:<a@b.c>",
        "RCPT TO:<d@e.f>",
        "550 5.1.1 no such user / really",
        "250 ok",
        "ended: EOFError",
    ]
    assert {line.protocol for line in kept} == {"smtp"}


def test_a_closed_tap_makes_no_transcript() -> None:
    assert SmtpScript.of(NO_TAP, NO_SECRETS) is None
