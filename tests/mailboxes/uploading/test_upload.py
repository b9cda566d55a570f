"""The values of an upload: what they show of themselves."""

from __future__ import annotations

from postroom.mailboxes.uploading.upload import Upload


def test_a_message_does_not_fill_the_log() -> None:
    assert "secret" not in repr(Upload("Sent", raw=b"secret" * 1000))
