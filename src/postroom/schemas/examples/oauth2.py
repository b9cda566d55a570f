"""Examples of OAuth2 applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.schemas.answers import oauth2 as answers
from postroom.schemas.requests.oauth2 import NewApp

NEW_APP: Final[NewApp] = {
    "name": "Our Gmail application",
    "provider": "gmail",
    "clientId": "1023.apps.googleusercontent.com",
    "clientSecret": "client secret",
    "redirectUrl": "https://postroom.example.com/oauth",
}
CREATED: Final = {"id": "gmail", "created": True}
APP: Final[Mapping[str, object]] = {
    **NEW_APP,
    "id": "gmail",
    "clientSecret": "******",
    "enabled": False,
    "accounts": 2,
    "created": "2025-01-01T00:00:00.000Z",
    "updated": "2025-01-01T00:00:00.000Z",
}
APPS: Final = {"total": 1, "page": 0, "pages": 1, "apps": [APP]}
APP_CHANGE: Final = {"description": "For the sales team", "enabled": True}
UPDATED: Final = {"id": "gmail", "updated": True}
ACCESS_TOKEN: Final = {
    "account": "user@example.com",
    "user": "user@example.com",
    "accessToken": "ya29.access-token",
    "provider": "gmail",
    "app": "gmail",
    "registeredScopes": ["openid", "email", "profile", "https://mail.google.com/"],
    "expires": "2025-01-01T01:00:00.000Z",
    "cached": True,
}
REMOVED: Final = {"id": "gmail", "deleted": True, "accounts": 2}
TRIAL: Final = {"account": "user@example.com", "testConnection": True}
VERIFIED: Final[answers.AppVerified] = {
    "app": "gmail",
    "provider": "gmail",
    "authMethod": "clientSecret",
    "account": "user@example.com",
    "ok": True,
    "steps": [
        {
            "id": "redirect",
            "label": "Way back from the provider",
            "status": "ok",
            "message": "The provider returns to https://postroom.example.com/oauth",
            "hint": "Register this address with the provider.",
        },
        {
            "id": "endpoints",
            "label": "Endpoints of the provider",
            "status": "ok",
            "message": "The token endpoint is known: https://oauth2.googleapis.com/token",
            "hint": "",
        },
        {
            "id": "client",
            "label": "Credentials of the application",
            "status": "ok",
            "message": "The provider knows the application, as far as can be told without a consent",
            "hint": "",
        },
        {
            "id": "token",
            "label": "Access token",
            "status": "ok",
            "message": "The account's token was renewed and is good until 2025-01-01T01:00:00.000Z",
            "hint": "",
        },
        {
            "id": "connection",
            "label": "Sign-in to IMAP",
            "status": "ok",
            "message": "Signed in to imap.gmail.com:993",
            "hint": "",
        },
    ],
}
