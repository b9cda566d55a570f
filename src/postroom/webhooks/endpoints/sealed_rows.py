"""Converts endpoints between their stored row and the value with its secrets opened, and applies changes. No I/O."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from typing import Final

import orjson

from postroom.configuration.keys import Header
from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused
from postroom.connections.hosts.checked_host import NotAHost
from postroom.connections.hosts.checked_url import NotAUrl, check_url
from postroom.events.types import EVENT_NAMES
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.endpoints.endpoint_store import EndpointDocument, EndpointRow
from postroom.webhooks.endpoints.signing import PREFIX
from postroom.webhooks.endpoints.targets import fingerprint
from postroom.webhooks.model import ALL_EVENTS, InvalidEndpoint, SigningKey, WebhookEndpoint
from postroom.words.masking import MASK, holds_mask, masked_url

_KEY_BYTES: Final = 32
_ANY_URL: Final = "https://example.com/"
_CURE: Final = "PUT the endpoint with its url and customHeaders; the answer tells its new secret."


def make_secret() -> str:
    """Return a new random secret: `whsec_` followed by base64."""
    return PREFIX + base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def open_endpoint(row: EndpointRow, box: SecretBox) -> WebhookEndpoint:
    """Return an endpoint with its secrets. Raises SecretUnreadable."""
    sealed = box.open_for(f"the webhook endpoint {row.id!r}", row.sealed or "", _context(row.id))
    secrets = orjson.loads(sealed)
    document = row.document
    return WebhookEndpoint(
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


def known_endpoint(row: EndpointRow, box: SecretBox) -> WebhookEndpoint:
    """Return an endpoint with its secrets. If they cannot be opened, they are masked and `unreadable` says why."""
    try:
        return open_endpoint(row, box)
    except SecretUnreadable as error:
        document = row.document
        return WebhookEndpoint(
            id=row.id,
            url=document["url"],
            events=tuple(document["events"]),
            accounts=tuple(document["accounts"]),
            metadata=document["metadata"],
            custom_headers=tuple(Header(key, MASK) for key in document["headers"]),
            description=document["description"],
            enabled=row.enabled,
            created_at=row.created_at,
            updated_at=row.updated_at,
            unreadable=f"{error.message} {_CURE}",
        )


def changed_columns(
    row: EndpointRow, change: EndpointChange, policy: AddressPolicy, box: SecretBox, now: int
) -> tuple[dict[str, object], str | None]:
    """Return the columns of an endpoint after a change, and its secret if a new one had to be made.

    Secrets that cannot be opened are kept, in case the key is found. A change that brings URL and headers replaces
    them and makes a new signing secret. Raises InvalidEndpoint.
    """
    before = known_endpoint(row, box)
    if before.unreadable is None:
        return endpoint_columns(replace(change_endpoint(before, change, policy), updated_at=now), box), None
    found = change.problems()
    if change.url is None and change.custom_headers is None:
        # This URL is only a placeholder for the check: the stored one is kept.
        changed = change_endpoint(replace(before, url=_ANY_URL), change, AddressPolicy.ANY)
        values = endpoint_columns(replace(changed, url=before.url, updated_at=now), box)
        return values | {"secrets": row.sealed, "target": row.target}, None
    missing = ["url"] if change.url is None else []
    if before.custom_headers and change.custom_headers is None:
        missing.append("customHeaders")
    found += [(name, f'"{name}" must be sent too: {before.unreadable}') for name in missing]
    if found:
        raise InvalidEndpoint(found)
    secret = make_secret()
    whole = change_endpoint(replace(before, unreadable=None, keys=(SigningKey(secret),)), change, policy)
    return endpoint_columns(replace(whole, updated_at=now), box), secret


def endpoint_columns(endpoint: WebhookEndpoint, box: SecretBox) -> dict[str, object]:
    """Return the columns of an endpoint's configuration: a masked document, and the secrets sealed."""
    secrets = {
        "url": endpoint.url,
        "headers": [[header.key, header.value] for header in endpoint.custom_headers],
        "keys": [[key.secret, key.until] for key in endpoint.keys],
    }
    document: EndpointDocument = {
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


def change_endpoint(before: WebhookEndpoint, change: EndpointChange, policy: AddressPolicy) -> WebhookEndpoint:
    """Return an endpoint with a change applied; absent fields stay. Raises InvalidEndpoint with every problem."""
    after = change.of(before)
    found = [*_url_problems(after.url, policy), *_event_problems(after), *change.problems()]
    if found:
        raise InvalidEndpoint(found)
    return after if change.secret is None else replace(after, keys=(SigningKey(change.secret),))


def _url_problems(url: str, policy: AddressPolicy) -> list[tuple[str, str]]:
    if holds_mask(url):
        return [("url", f'"url" holds the placeholder {MASK} instead of the user name or password')]
    try:
        scheme = check_url(url, policy).scheme
    except (AddressRefused, NotAHost, NotAUrl) as refused:
        return [("url", refused.message)]
    return [] if scheme in ("http", "https") else [("url", '"url" must be an http or https URL')]


def _event_problems(endpoint: WebhookEndpoint) -> list[tuple[str, str]]:
    return [
        ("events", f'"{name}" is not the name of an event')
        for name in endpoint.events
        if name != ALL_EVENTS and name not in EVENT_NAMES
    ]


def _context(endpoint: str) -> str:
    return f"webhook:{endpoint}"
