"""Mail as people send it, appended to a real Dovecot and read from the events: by its structure, and as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postroom.configuration.keys import Snapshot
from postroom.imap.parsing import parse_fetch
from tests.live.dovecot import Dovecot
from tests.sync.letters import LETTERS, Letter
from tests.sync.live_account import live_account


def hide_structures(patch: pytest.MonkeyPatch) -> None:
    """Let the server's structures be of no use, as those of some servers are."""
    readers: dict[bytes, tuple[str, Callable[[Any], Any]]] = dict(parse_fetch._READERS)
    readers[b"BODYSTRUCTURE"] = ("body", lambda _value: None)
    patch.setattr(parse_fetch, "_READERS", readers)
    patch.setattr(parse_fetch, "read_usual", lambda *_: None)


def read(message: dict[str, Any], letter: Letter) -> Letter:
    """What was announced, in the shape of what should have been."""
    return Letter(
        letter.raw,
        message["text"].get("plain"),
        message["text"].get("html"),
        tuple((key, message.get(key)) for key, _ in letter.members),
        tuple(each.get("filename", "") for each in message.get("attachments", ())),
    )


@pytest.mark.parametrize("way", ["by structure", "as a whole"])
async def test_every_letter_is_read(
    dovecot: Dovecot, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    user = f"letters-{way.replace(' ', '-')}"
    for letter in LETTERS.values():
        dovecot.deliver(user, letter.raw)
    if way == "as a whole":
        hide_structures(monkeypatch)
    async with live_account(sqlite_url, dovecot, user) as account:
        account.settings = Snapshot("secret")
        async with account.connected():
            messages = [each["data"] for each in await account.events("messageNew")]
    assert len(messages) == len(LETTERS)
    for (name, letter), message in zip(LETTERS.items(), messages, strict=True):
        found = read(message, letter)
        if way == "as a whole":
            # Without a structure there are no attachments to tell.
            letter = Letter(letter.raw, letter.plain, letter.html, letter.members)
        assert found == letter, name
        assert message["text"]["hasMore"] is False, name
