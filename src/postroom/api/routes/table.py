"""The table of every path of the API: who may call it, what it takes, what it answers."""

from __future__ import annotations

from typing import Final

from postroom.api.pipeline.route import Route
from postroom.api.routes import accounts, events, oauth2, operation, settings, tokens, webhooks
from postroom.api.routes.mail import changes, downloads, folders, lists, outbox, reading, submitting, threads, uploads

__all__ = ["ROUTES", "UNLISTED"]

ROUTES: Final[tuple[Route, ...]] = (
    *accounts.ROUTES,
    *folders.ROUTES,
    *lists.ROUTES,
    *reading.ROUTES,
    *downloads.ROUTES,
    *changes.ROUTES,
    *uploads.ROUTES,
    *threads.ROUTES,
    *submitting.ROUTES,
    *outbox.ROUTES,
    *tokens.ROUTES,
    *oauth2.ROUTES,
    *settings.ROUTES,
    *events.ROUTES,
    *webhooks.ROUTES,
    *operation.ROUTES,
)
"""The order is the order of the reference."""

UNLISTED: Final[tuple[Route, ...]] = operation.UNLISTED
