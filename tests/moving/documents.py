"""Documents as an EmailEngine has them, for the tests of the move."""

from __future__ import annotations

from typing import Any

MASK = "******"
ENCRYPTED = "$wd01$aes-256-gcm$00$00$00$00"


def password_account(account: str = "ada", password: str = "geheim", **more: Any) -> dict[str, Any]:
    """An account with IMAP and SMTP, as `GET /v1/account/{account}` shows it when `password` is the mask."""
    sign_in = {"user": f"{account}@example.com", "pass": password}
    return {
        "account": account,
        "name": account.capitalize(),
        "email": f"{account}@example.com",
        "copy": None,
        "logs": False,
        "notifyFrom": "2021-01-01T00:00:00.000Z",
        "syncFrom": None,
        "path": ["*"],
        "imapIndexer": "full",
        "imap": {"host": "imap.example.com", "port": 993, "secure": True, "auth": sign_in, "resyncDelay": 900},
        "smtp": {"host": "smtp.example.com", "port": 465, "secure": True, "auth": sign_in},
        "state": "connected",
        "lastError": None,
        "smtpStatus": None,
        "connections": 1,
        "type": "imap",
        "syncTime": "2026-01-01T00:00:00.000Z",
        "counters": {"events": {"messageNew": 7}},
        **more,
    }


def oauth2_account(account: str = "ben", token: str = "refresh", app: str = "AAAB", **more: Any) -> dict[str, Any]:
    """An account that signs in with a refresh token."""
    return {
        "account": account,
        "name": account.capitalize(),
        "email": f"{account}@example.com",
        "notifyFrom": "2021-01-01T00:00:00.000Z",
        "oauth2": {
            "provider": app,
            "auth": {"user": f"{account}@example.com"},
            "accessToken": MASK,
            "refreshToken": token,
            "expires": "2026-01-01T00:00:00.000Z",
            "scope": ["https://mail.google.com/"],
            "tokenType": "Bearer",
        },
        "type": "gmail",
        "state": "connected",
        "app": app,
        **more,
    }


def gmail_app(app: str = "AAAB", secret: str = "geheim", **more: Any) -> dict[str, Any]:
    """An OAuth2 application for Gmail over IMAP."""
    return {
        "id": app,
        "name": "Gmail",
        "description": None,
        "title": "Sign in with Google",
        "provider": "gmail",
        "enabled": True,
        "baseScopes": "imap",
        "clientId": "1.apps.googleusercontent.com",
        "clientSecret": secret,
        "extraScopes": [],
        "redirectUrl": "https://emailengine.example.com/oauth",
        "created": "2026-01-01T00:00:00.000Z",
        "accounts": 12,
        **more,
    }
