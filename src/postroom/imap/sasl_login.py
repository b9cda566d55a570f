"""The dialogue of SASL LOGIN (draft-murchison-sasl-login) for IMAP and SMTP: what each prompt asks for. Pure."""

from __future__ import annotations

import binascii
from typing import Final, Literal, TypeAlias

__all__ = ["LoginDialogue", "Part", "asked_for"]

Part: TypeAlias = Literal["user", "password"]

_WORDS: Final[dict[Part, tuple[str, ...]]] = {
    "password": ("pass", "pwd", "secret"),
    "user": ("user", "name", "login", "account", "mail"),
}
_MOST_USERS: Final = 2


class LoginDialogue:
    """Decides what the next prompt asks for: by its words, or by its position when the words are unknown."""

    def __init__(self) -> None:
        self._said: list[Part] = []

    def next(self, prompt: bytes) -> Part | None:
        """Return what to send for a prompt, which is as the server sent it; None when the server asks too often.

        The name may be sent twice. The password is sent once, because a second time could count as a second wrong one.
        """
        part = asked_for(prompt) or ("password" if "user" in self._said else "user")
        most = 1 if part == "password" or "password" in self._said else _MOST_USERS
        if self._said.count(part) >= most:
            return None
        self._said.append(part)
        return part


def asked_for(prompt: bytes) -> Part | None:
    """Return what a prompt asks for, None when it is unreadable. Some servers send the prompt without base64."""
    text = _text(prompt).lower()
    found: list[Part] = [part for part, words in _WORDS.items() if any(word in text for word in words)]
    return found[0] if len(found) == 1 else None


def _text(prompt: bytes) -> str:
    try:
        decoded = binascii.a2b_base64(prompt.strip(), strict_mode=True).rstrip(b"\0").decode("utf-8")
        if decoded.isprintable():
            return decoded
    except (binascii.Error, UnicodeDecodeError):
        pass
    return prompt.decode("ascii", "replace")
