"""The request as a value: what is large or secret does not print."""

from __future__ import annotations

from postroom.accounts.settings.secret import SecretUrl
from postroom.submission.accepting.submission import Submission, WrittenMessage
from postroom.submission.plan import NO_PLAN


def test_neither_octets_nor_passwords_print() -> None:
    asked = Submission(raw=b"the octets", proxy=SecretUrl("socks5://me:pass@proxy.example:1080"))
    written = WrittenMessage(b"the octets", "<1@x>", "S", "a@b.example", ("c@d.example",), NO_PLAN)
    shown = f"{asked!r} {written!r}"
    assert "octets" not in shown.replace("octets=", "")
    assert "pass" not in shown
