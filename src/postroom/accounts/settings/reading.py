"""Converts documents to values: stored documents, with or without secrets, and requests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from postroom.accounts.settings.places import HEADERS
from postroom.accounts.settings.shapes import OAUTH2, SETTINGS, Document
from postroom.accounts.settings.values import NO_SETTINGS, AccountSettings, Listed, OAuth2Settings
from postroom.accounts.settings.writing import document_of

__all__ = ["listed_of", "may_be_listed", "oauth2_of", "opened", "settings_of", "webhooks_of"]

_OF_WEBHOOKS: Final = ("webhooks", "webhooksCustomHeaders", "ownReceiver")
_LISTED_FIELDS: Final = ('"webhooks"', '"proxy"', '"smtpEhloName"', '"delegatedAccount"')


def settings_of(document: Document) -> AccountSettings:
    """Return the settings of a document. The secrets of a masked document are placeholders."""
    return SETTINGS.read(document) or NO_SETTINGS


def oauth2_of(block: Document) -> OAuth2Settings:
    """Return the settings of an `oauth2` block."""
    return OAUTH2.read(block) or OAuth2Settings()


def may_be_listed(text: str) -> bool:
    """Return whether a stored document, as text, may have fields that the list of accounts shows.

    Most accounts have none. Their document, the longest value of the row, then need not be decoded.
    """
    # A loop, because `any` takes twice as long, for each account of a page.
    for field in _LISTED_FIELDS:  # noqa: SIM110
        if field in text:
            return True
    return False


def listed_of(document: Document) -> Listed:
    """Return only the fields of a masked document that the list of accounts shows, to keep lists fast."""
    return Listed(document.get("webhooks"), document.get("proxy"), document.get("smtpEhloName"))


def webhooks_of(document: Document) -> AccountSettings:
    """Return only the webhook settings of a document. Most accounts have none."""
    found: Document = {name: document[name] for name in _OF_WEBHOOKS if name in document}
    return settings_of(found) if found else NO_SETTINGS


def opened(stored: AccountSettings, secrets: Mapping[str, Any]) -> AccountSettings:
    """Return the settings of a stored row with its secrets, given by dotted path."""
    return settings_of(_with_secrets(document_of(stored), secrets)) if secrets else stored


def _with_secrets(document: Document, secrets: Mapping[str, Any]) -> Document:
    """Put secrets in their places: the inverse of `writing.split`."""
    for path, value in secrets.items():
        if path == HEADERS:
            for header, secret in zip(document[HEADERS], value, strict=True):
                if secret:
                    header["value"] = secret
            continue
        *parents, key = path.split(".")
        holder = document
        for parent in parents:
            holder = holder[parent]
        holder[key] = value
    return document
