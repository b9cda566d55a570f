"""The values of a draft: what they show of themselves."""

from __future__ import annotations

from postroom.mail.composing.draft import Correspondent, Draft, Enclosure


def test_files_do_not_fill_the_log() -> None:
    draft = Draft(Correspondent("a@b.example"), enclosures=(Enclosure(b"secret" * 1000),))
    assert "secret" not in repr(draft)
