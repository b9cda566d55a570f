"""Converts values to documents: the stored form, with secrets apart, and the shown form, with secrets masked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from postroom.accounts.settings.places import HEADERS, URLS, secret_places
from postroom.accounts.settings.shapes import OAUTH2, SETTINGS, Document
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings
from postroom.words.masking import MASK, has_userinfo, masked_url

__all__ = ["differing", "document_of", "masked", "oauth2_document", "split"]


def document_of(settings: AccountSettings) -> Document:
    """Return a document that includes the secrets, which is never stored: the inverse of `reading.settings_of`."""
    return SETTINGS.write(settings)


def oauth2_document(oauth2: OAuth2Settings) -> Document:
    """Return an `oauth2` block that includes the secrets."""
    return OAUTH2.write(oauth2)


def masked(settings: AccountSettings) -> Document:
    """Return the masked document, which is stored and shown."""
    return split(settings)[0]


def split(settings: AccountSettings) -> tuple[Document, dict[str, Any]]:
    """Return the masked document, and the secrets by dotted path, which are stored sealed."""
    shown = document_of(settings)
    secrets: dict[str, Any] = {}
    for path, holder, key in secret_places(shown):
        secrets[path] = holder[key]
        holder[key] = MASK
    for name in URLS:
        url = shown.get(name)
        if isinstance(url, str) and has_userinfo(url):
            secrets[name] = url
            shown[name] = masked_url(url)
    values = [header.get("value") for header in shown.get(HEADERS) or ()]
    if any(values):
        secrets[HEADERS] = values
        for header in shown[HEADERS]:
            if header.get("value"):
                header["value"] = MASK
    return shown, secrets


def differing(before: AccountSettings, after: AccountSettings, paths: Iterable[str]) -> frozenset[str]:
    """Return which of the fields, given by API name (`imap.tls.minVersion`), differ between two settings.

    It is for tables that list fields by name. All other code compares attributes.
    """
    old, new = document_of(before), document_of(after)
    return frozenset(path for path in paths if _at(old, path) != _at(new, path))


def _at(document: Document, path: str) -> object:
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found or None
