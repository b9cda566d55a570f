"""Endpoints made through the API, between their stored row and the shape with secrets in place. No I/O."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from postroom.configuration.keys import MASK, Header
from postroom.storage.secrets import SecretBox
from postroom.webhooks.endpoint_store import EndpointRow
from postroom.webhooks.model import Endpoint, SigningKey
from postroom.webhooks.targets import fingerprint

_USERINFO: Final = re.compile(r"(?<=://)[^/?#]*(?=@)")


def open_endpoint(row: EndpointRow, box: SecretBox) -> Endpoint:
    """Return an endpoint with its secrets. Raises WrongKey."""
    secrets = orjson.loads(box.open(row.sealed or "", _context(row.id)))
    document = row.document
    return Endpoint(
        id=row.id,
        url=secrets["url"],
        events=tuple(document["events"]),
        accounts=tuple(document["accounts"]),
        metadata=document["metadata"],
        custom_headers=tuple(Header(key, value) for key, value in secrets["headers"]),
        description=document["description"],
        enabled=row.enabled,
        keys=tuple(SigningKey(secret, until) for secret, until in secrets["keys"]),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def endpoint_columns(endpoint: Endpoint, box: SecretBox) -> dict[str, Any]:
    """Return the columns that hold what an operator sets: a masked document, and the rest sealed."""
    secrets = {
        "url": endpoint.url,
        "headers": [[header.key, header.value] for header in endpoint.custom_headers],
        "keys": [[key.secret, key.until] for key in endpoint.keys],
    }
    document = {
        "url": masked_url(endpoint.url),
        "events": list(endpoint.events),
        "accounts": list(endpoint.accounts),
        "metadata": endpoint.metadata,
        "description": endpoint.description,
        "headers": [header.key for header in endpoint.custom_headers],
    }
    return {
        "document": document,
        "secrets": box.seal(orjson.dumps(secrets).decode(), _context(endpoint.id)),
        "enabled": endpoint.enabled,
        "target": fingerprint(endpoint.url),
        "updated_at": endpoint.updated_at,
    }


def masked_url(url: str) -> str:
    """Return a URL as it may be shown: the user name and the password replaced."""
    return _USERINFO.sub(lambda match: ":".join(MASK if part else "" for part in match.group().split(":", 1)), url)


def _context(endpoint: str) -> str:
    return f"webhook:{endpoint}"
