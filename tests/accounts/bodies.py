"""Registrations and changes as the API hands them to the service."""

from __future__ import annotations

from typing import Any

PASSWORD = "s3cret-Passw0rd"


def imap(**auth: Any) -> dict[str, Any]:
    """An `imap` block; `auth` replaces parts of the credentials."""
    return {
        "host": "imap.example.com",
        "port": 993,
        "secure": True,
        "auth": {"user": "user@example.com", "pass": PASSWORD, **auth},
    }


def body(**fields: Any) -> dict[str, Any]:
    """A registration with IMAP settings."""
    return {"name": "Anna Müller", "imap": imap(), **fields}


def oauth2_body(user: str = "user@gmail.com", provider: str = "gmail", **fields: Any) -> dict[str, Any]:
    """A registration with OAuth2 settings."""
    block = {"provider": provider, "auth": {"user": user}, "accessToken": "AAA", "refreshToken": "RRR"}
    return {"name": "Anna", "oauth2": block, **fields}
