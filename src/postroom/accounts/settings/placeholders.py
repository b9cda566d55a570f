"""Finds placeholders instead of secrets: in a body copied from a GET, and in settings with lost secrets. Pure."""

from __future__ import annotations

from postroom.accounts.settings.places import HEADERS, URLS, secret_places
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.accounts.settings.writing import document_of
from postroom.words.masking import MASK, holds_mask

__all__ = ["find_masked", "lost_secrets"]


def find_masked(change: Document) -> list[Problem]:
    """Find placeholders in a request. They must never become the password."""
    found = [
        Problem(path, f'"{path}" is the placeholder {MASK}, not a secret: send the secret, or leave the field out')
        for path, holder, key in secret_places(change)
        if holder[key] == MASK
    ]
    for name in URLS:
        url = change.get(name)
        if isinstance(url, str) and holds_mask(url):
            found.append(Problem(name, f'"{name}" holds the placeholder {MASK} instead of the user name or password'))
    for index, header in enumerate(change.get(HEADERS) or []):
        if header.get("value") == MASK:
            found.append(Problem(f"{HEADERS}.{index}.value", f"the header value is the placeholder {MASK}"))
    return found


def lost_secrets(settings: AccountSettings) -> list[str]:
    """Return the dotted paths of the secrets for which the settings hold only placeholders."""
    return [problem.key for problem in find_masked(document_of(settings))]
