"""A change of a webhook endpoint, and the problems that it can have by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any, Final, Self

from postroom.configuration.keys import Header
from postroom.footprint.dataclass import dataclass
from postroom.webhooks.endpoints.signing import is_secret
from postroom.webhooks.endpoints.targets import is_allowed_header
from postroom.webhooks.model import InvalidEndpoint, WebhookEndpoint
from postroom.words.masking import MASK

_NAMES: Final = frozenset(
    {"url", "events", "accounts", "metadata", "customHeaders", "description", "enabled", "secret"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChange:
    """New values for an endpoint. None leaves a value as it is."""

    url: str | None = field(default=None, repr=False)
    events: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    metadata: dict[str, str] | None = None
    custom_headers: tuple[Header, ...] | None = None
    description: str | None = None
    enabled: bool | None = None
    secret: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Return the change from a valid body. Raises InvalidEndpoint for an unknown field."""
        unknown = [(name, f'"{name}" is not a field of an endpoint') for name in body if name not in _NAMES]
        if unknown:
            raise InvalidEndpoint(unknown)
        headers = body.get("customHeaders")
        return cls(
            url=body.get("url"),
            events=_names(body.get("events")),
            accounts=_names(body.get("accounts")),
            metadata=body.get("metadata"),
            custom_headers=None if headers is None else tuple(_header(each) for each in headers),
            description=body.get("description"),
            enabled=body.get("enabled"),
            secret=body.get("secret"),
        )

    def of(self, before: WebhookEndpoint) -> WebhookEndpoint:
        """Return an endpoint with the new values. The secret is left to the caller."""
        return replace(
            before,
            url=before.url if self.url is None else self.url,
            events=before.events if self.events is None else self.events,
            accounts=before.accounts if self.accounts is None else self.accounts,
            metadata=before.metadata if self.metadata is None else self.metadata,
            custom_headers=before.custom_headers if self.custom_headers is None else self.custom_headers,
            description=before.description if self.description is None else self.description,
            enabled=before.enabled if self.enabled is None else self.enabled,
        )

    def problems(self) -> list[tuple[str, str]]:
        """Return the problems with the headers and the secret, as pairs of field and message."""
        return _problems(((header.key, header.value) for header in self.custom_headers or ()), self.secret)


def body_problems(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the same problems for a body whose other fields may be invalid."""
    headers = body.get("customHeaders") or ()
    return _problems(((header.get("key"), header.get("value")) for header in headers), body.get("secret"))


def _problems(headers: Iterable[tuple[object, object]], secret: object) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for index, (key, value) in enumerate(headers):
        if isinstance(key, str) and not is_allowed_header(key):
            found.append((f"customHeaders.{index}.key", f'"{key}" cannot be set as a header'))
        if value == MASK:
            found.append((f"customHeaders.{index}.value", f"the header value is the placeholder {MASK}"))
    if isinstance(secret, str) and not is_secret(secret):
        found.append(("secret", '"secret" must be whsec_ followed by base64 of 24 to 64 bytes'))
    return found


def _names(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


def _header(given: Mapping[str, str]) -> Header:
    return Header(given["key"], given.get("value", ""))
