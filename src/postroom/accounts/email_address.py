"""Whether a text is an e-mail address, and what is wrong with it if not. Pure: it asks no DNS."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from types import ModuleType
from typing import Final

__all__ = ["email_fault", "same_address"]

_USUAL: Final = re.compile(
    r"[a-z0-9_+-]{1,32}(?:\.[a-z0-9_+-]{1,15}){0,2}"
    r"@(?:[a-z0-9]{1,20}(?:-[a-z0-9]{1,10}){0,2}\.){1,3}[a-z]{2,24}",
    re.IGNORECASE | re.ASCII,
)
"""Addresses of the usual form. They are valid, and need not be taken apart to see that."""

_QUOTED: Final = re.compile(r" \(.*")
_END: Final = re.compile(r"[;,]\s*$")


@lru_cache(maxsize=1024)
def email_fault(text: str) -> str | None:
    """Return what is wrong with an address, in a few words that follow a colon; None if it is valid.

    Addresses in other scripts (RFC 6531), in domains of one label, and in private or test domains are valid. The words
    repeat nothing of the text except single characters that no address may hold.
    """
    if _USUAL.fullmatch(text):
        return None
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
    """Return whether two addresses are the same without regard to upper case.

    Letters are lowered, not case-folded: folding turns `ß` into `ss`, but `straße.de` and `strasse.de` are two domains.
    """
    return _lowered(one) == _lowered(other)


def _lowered(address: str) -> str:
    return unicodedata.normalize("NFC", address).lower()


@cache
def _library() -> ModuleType:
    """Return the library. It is loaded for the first unusual address, because it takes time and memory."""
    import email_validator

    # `localhost`, `local` and similar domains are not public, but an installation may reach its own.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator


def _mistake(text: str) -> str | None:
    """Return our own words for a common mistake."""
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
    # The library may quote the address in parentheses.
    words = _QUOTED.sub("", sentence).rstrip(".")
    return words[:1].lower() + words[1:]
