"""OAuth2 applications as callers see them. Pure."""

from __future__ import annotations

from postroom.clock import iso
from postroom.oauth2.model import App
from postroom.schemas.showing.accounts import server
from postroom.words.masking import MASK


def application(app: App) -> dict[str, object]:
    """Return an application. Secrets are shown as `******`."""
    servers = {name: app.document[name] for name in ("imap", "smtp") if name in app.document}
    return {
        **app.document,
        **{name: server(block) for name, block in servers.items()},
        **dict.fromkeys(app.secrets, MASK),
        "id": app.id,
        "provider": app.kind,
        "enabled": bool(app.document.get("enabled")),
        "accounts": app.accounts,
        "created": iso(app.created_at),
        "updated": iso(app.updated_at),
    }
