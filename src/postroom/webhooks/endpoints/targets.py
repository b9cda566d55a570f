"""Decides where a delivery goes and builds its request, from the current settings. Pure.

Each delivery resolves its target anew, so a changed URL, header or secret also applies to deliveries already queued.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any, Final

import orjson

from postroom import __version__
from postroom.configuration.keys import Header, Snapshot
from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.webhooks.endpoints.signing import derive_secret, service_signature, standard_signature
from postroom.webhooks.model import ALL_EVENTS, GLOBAL, Delivery, Objection, TargetKind, WebhookEndpoint, kind_of
from postroom.words.masking import split_userinfo
from postroom.words.strangers import NO_SECRETS, Secrets

USER_AGENT: Final = f"Postroom/{__version__}"
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CURE: Final = "POST the setting anew to /v1/settings."
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
# Headers that belong to the connection; a custom value would break the request.
_RESERVED: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post, and the keys that sign. `service_secret` is None for endpoints made through the API."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    service_secret: str | None = field(repr=False)
    service_url: str | None
    fingerprint: str
    told: Secrets = NO_SECRETS
    """The secrets that the receiver knows; its answers must not reveal them to others."""


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The delivery no longer has a target; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A secret that the request needs cannot be opened; `reason` says why and what to do."""

    reason: str


@dataclass(frozen=True, slots=True)
class Own:
    """An account's own webhook settings with their secrets; `unreadable` says why these cannot be opened.

    `is_foreign` says that the URL was set by somebody who may not see the headers of the installation.
    """

    url: str | None = field(repr=False)
    headers: tuple[Header, ...] = ()
    unreadable: str | None = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request ready to be sent: the body is exactly what was signed.

    `told` are the secrets to remove from the answer before it is kept.
    """

    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    told: Secrets = NO_SECRETS


def default_objection(settings: Snapshot, event_type: str, payload: str | None) -> Objection | None:
    """Return why the URL from the settings does not get an event; None if it does.

    `payload` is read only for `inboxNewOnly`.
    """
    if not settings.webhooks_enabled:
        return Objection.WEBHOOKS_OFF
    if ALL_EVENTS not in settings.webhook_events and event_type not in settings.webhook_events:
        return Objection.TYPE
    looks_inside = settings.inbox_new_only and event_type == "messageNew" and payload is not None
    return Objection.FOLDER if looks_inside and not _in_inbox(orjson.loads(payload or "{}")) else None


def _in_inbox(body: Mapping[str, Any]) -> bool:
    labels = body.get("data", {}).get("labels") or []
    return str(body.get("path", "")).upper() == "INBOX" or body.get("specialUse") == "\\Inbox" or "\\Inbox" in labels


def resolve(
    delivery: Delivery, settings: Snapshot, endpoints: Mapping[str, WebhookEndpoint], own: Own | None, now: int
) -> Target | Unwanted | Unreadable:
    """Return the target of a delivery by the current settings. `own` is None when the account was deleted."""
    if not settings.webhooks_enabled:
        return Unwanted("webhooks are switched off")
    if own is None and delivery.type != "accountDeleted":
        return Unwanted("the account was deleted")
    if kind_of(delivery.endpoint) is TargetKind.OBJECT:
        endpoint = endpoints.get(delivery.endpoint)
        if endpoint is None or not endpoint.enabled:
            return Unwanted("the endpoint was removed or switched off")
        return endpoint_target(endpoint, settings, now)
    if default_objection(settings, delivery.type, delivery.payload) is not None:
        return Unwanted("webhookEvents or inboxNewOnly leaves this event out")
    is_global = delivery.endpoint == GLOBAL or own is None
    unreadable = unreadable_settings(settings, is_global=is_global) or (own.unreadable if own is not None else None)
    url = settings.webhooks if is_global else own.url if own else None
    if not url and not (is_global and settings.posts_everything):
        return Unwanted("no webhook URL is set")
    if unreadable is not None:
        return Unreadable(unreadable)
    assert url
    is_foreign = own is not None and own.is_foreign and not is_global
    headers = (*(() if is_foreign else settings.webhooks_custom_headers), *(own.headers if own else ()))
    secret = settings.service_secret
    return _target(url, headers, (_derived(secret),), secret, settings.service_url)


def unreadable_settings(settings: Snapshot, *, is_global: bool = True) -> str | None:
    """Say which setting that a request needs cannot be opened, and what to do; None if all can be opened."""
    needed = ("webhooks",) if is_global else ()
    try:
        settings.demand(*needed, "webhooksCustomHeaders", "serviceSecret")
    except PostroomError as error:
        return f"{error.message} {_CURE}"
    return None


def endpoint_target(endpoint: WebhookEndpoint, settings: Snapshot, now: int) -> Target | Unreadable:
    """Return the target of an endpoint made through the API, with the keys that still sign."""
    if endpoint.unreadable is not None:
        return Unreadable(endpoint.unreadable)
    secrets = tuple(key.secret for key in endpoint.keys if key.until is None or key.until > now)
    return _target(endpoint.url, endpoint.custom_headers, secrets, None, settings.service_url)


# The deliveries of an endpoint have the same target until its settings change.
@lru_cache(maxsize=1024)
def _target(
    url: str, custom: tuple[Header, ...], secrets: tuple[str, ...], service_secret: str | None, service_url: str | None
) -> Target:
    address, userinfo = _split(url)
    credentials = ":".join(userinfo) if userinfo is not None else None
    named = {"content-type": ("Content-Type", "application/json"), "user-agent": ("User-Agent", USER_AGENT)}
    if credentials is not None:
        named["authorization"] = ("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
    told = [*secrets, service_secret, credentials, userinfo[1] if userinfo is not None else None]
    for header in custom:
        if is_allowed_header(header.key):
            value = _CONTROL.sub(" ", header.value)
            named[header.key.lower()] = (header.key, value)
            # The whole value, and the part after a scheme such as `Bearer`.
            told += [value, value.rpartition(" ")[2]]
    headers = dict(named.values())
    return Target(address, headers, secrets, service_secret, service_url, fingerprint(url), Secrets.of(*told))


def is_allowed_header(name: str) -> bool:
    """Say whether an operator may set a header: its name is valid and does not belong to the connection."""
    return bool(_HEADER_NAME.fullmatch(name)) and name.lower() not in _RESERVED


_split = lru_cache(maxsize=1024)(split_userinfo)


@lru_cache(maxsize=1024)
def fingerprint(url: str) -> str:
    """Return a hash of a URL without its userinfo. URLs with equal fingerprints lead to the same place."""
    return hashlib.sha256(_split(url)[0].encode()).hexdigest()[:16]


@lru_cache(maxsize=8)
def _derived(service_secret: str) -> str:
    return derive_secret(service_secret)


def outgoing(target: Target, delivery: Delivery, now: int) -> WebhookRequest:
    """Return the request for one attempt. `delivery.attempts` counts earlier attempts, `now` is in milliseconds."""
    return _request(target, delivery.payload or "{}", delivery.event_id, now, _legacy_headers(delivery, now))


def test_request(target: Target, payload: str, event_id: str, now: int) -> WebhookRequest:
    """Return the request with which an operator tests an endpoint. Its event is not in the log."""
    return _request(target, payload, event_id, now, {"X-EE-Wh-Event-Id": event_id})


def _legacy_headers(delivery: Delivery, now: int) -> dict[str, str]:
    return {
        "X-EE-Wh-Id": str(delivery.id),
        "X-EE-Wh-Attempts-Made": str(delivery.attempts),
        "X-EE-Wh-Queued-Time": f"{max(now - delivery.created_at, 0) // 1000}s",
        "X-EE-Wh-Event-Id": delivery.event_id,
    }


def _request(target: Target, payload: str, event_id: str, now: int, legacy: dict[str, str]) -> WebhookRequest:
    body = b'{"serviceUrl":' + orjson.dumps(target.service_url) + b"," + payload[1:].encode()
    timestamp = now // 1000
    ours = {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": standard_signature(target.secrets, event_id, timestamp, body),
    }
    if target.service_secret is not None:
        ours |= {**legacy, "X-EE-Wh-Signature": service_signature(target.service_secret, body)}
    # Header names ignore case. An operator's header that differs only in case would be sent beside ours.
    taken = {name.lower() for name in ours}
    theirs = {name: value for name, value in target.headers.items() if name.lower() not in taken}
    return WebhookRequest(target.url, theirs | ours, body, target.told)
