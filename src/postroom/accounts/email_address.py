"""Whether a text is an e-mail address, and what is wrong if it is none. Pure: it asks no DNS."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from types import ModuleType
from typing import Final

__all__ = ["email_fault", "same_address"]

_QUOTED: Final = re.compile(r" \(.*")
_END: Final = re.compile(r"[;,]\s*$")


def email_fault(text: str) -> str | None:
    """Return what is wrong with an address in a few words that follow a colon; None when it is one.

    Addresses in other scripts (RFC 6531), in domains of one label and in domains that only a private network or a test
    knows are addresses. The words repeat nothing of the text but single characters that no address may hold.
    """
    library = _library()
    try:
        library.validate_email(
            text,
            allow_smtputf8=True,
            allow_quoted_local=True,
            allow_domain_literal=True,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except library.EmailNotValidError as error:
        return _mistake(text) or _in_passing(str(error))
    except UnicodeError:
        return "it holds something that is not text"
    return None


def same_address(one: str, other: str) -> bool:
    """Say whether two addresses are one, upper case aside.

    Letters are not case-folded: `ß` would be `ss`, and `straße.de` is another domain than `strasse.de`.
    """
    return _lowered(one) == _lowered(other)


def _lowered(address: str) -> str:
    return unicodedata.normalize("NFC", address).lower()


@cache
def _library() -> ModuleType:
    """The library, when the first address comes: it takes time and memory to load."""
    import email_validator

    # `localhost`, `local` and their like cannot be reached from everywhere, but from an installation of one's own.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator


def _mistake(text: str) -> str | None:
    """What people often send instead, in words of our own."""
    if text.lower().startswith("mailto:"):
        return "leave out `mailto:`"
    if "<" in text or ">" in text:
        return "send the address alone, without a name and without angle brackets"
    if _END.search(text):
        return "leave out what stands behind it"
    if text.count("@") > 1:
        return "send one address, with one @"
    return None


def _in_passing(sentence: str) -> str:
    # What the library adds in parentheses may quote the address.
    words = _QUOTED.sub("", sentence).rstrip(".")
    return words[:1].lower() + words[1:]
