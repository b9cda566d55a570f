"""What a runner writes down of the mail server. Pure."""

from __future__ import annotations

from typing import Any

from postroom.connections.imap_client import ImapClient

_ID_KEYS = ("name", "vendor", "version")


def server_document(client: ImapClient) -> dict[str, Any]:
    """Return the `server` object of the API: greeting, name, capabilities and how the connection is protected."""
    info = client.info
    server: dict[str, Any] = {"greeting": info.greeting, "capabilities": sorted(info.capabilities)}
    identity = {key: value for key, value in (info.server_id or {}).items() if key in _ID_KEYS and value}
    if identity:
        server["id"] = identity
        server["name"] = identity.get("name", "")
    if client.security.version:
        server["tls"] = client.security.version
    return server
