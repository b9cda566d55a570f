"""What a person typed into the form of an account, and what of it a page may show again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.adding.fields import BLANK
from postroom.web.dashboard.adding.lines import HEADERS, masked_headers
from postroom.words.masking import masked_url

__all__ = ["TypedForm", "entered_of"]

_PASSWORDS: Final = frozenset({"imap.auth.pass", "smtp.auth.pass"})
_URLS: Final = frozenset({"webhooks", "proxy"})


@dataclass(frozen=True, slots=True)
class TypedForm:
    """The texts of all fields of the form, with secrets."""

    texts: Mapping[str, str] = field(repr=False)

    def shown(self) -> dict[str, str]:
        """Return the texts as a page may show them: passwords are empty, other secrets are masked."""
        return {name: _shown(name, text) for name, text in self.texts.items()}

    def hidden(self) -> dict[str, str]:
        """Return the texts that a page does not show as they are."""
        return {name: text for name, text in self.texts.items() if _shown(name, text) != text}

    def with_texts(self, texts: Mapping[str, str]) -> TypedForm:
        """Return a copy with other texts for some fields."""
        return replace(self, texts={**self.texts, **texts})


def entered_of(form: Mapping[str, str], kept: Mapping[str, str]) -> TypedForm:
    """Read a form. A field that comes back as the page showed it has its text of `kept`, what the page hid."""
    texts = {name: _read(name, form.get(name, "")) for name in BLANK}
    unchanged = {name: text for name, text in kept.items() if name in texts and texts[name] == _shown(name, text)}
    return TypedForm({**texts, **unchanged})


def _read(name: str, text: str) -> str:
    return text if name in _PASSWORDS else text.replace("\r\n", "\n").strip()


def _shown(name: str, text: str) -> str:
    if name in _PASSWORDS:
        return ""
    if name in _URLS:
        # Whatever is before an `@` may be a password, also where the beginning of the URL is missing.
        return masked_url(text) if "://" in text or "@" not in text else ""
    return masked_headers(text) if name == HEADERS else text
