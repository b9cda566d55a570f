"""The run-time settings: their public names, their defaults, and how each is shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, Self

from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.words.masking import MASK, holds_mask, masked, masked_url

_LOG_LINES: Final = 10_000


@dataclass(frozen=True, slots=True)
class LogRule:
    """Which accounts have a protocol log besides those with `logs: true`, and how many lines of each are kept."""

    all: bool = False
    max_log_lines: int = _LOG_LINES

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Return the rule from its public form; what is missing has its default."""
        return cls(bool(stored.get("all")), int(stored.get("maxLogLines") or _LOG_LINES))

    def shown(self) -> dict[str, object]:
        """Return the public form."""
        return {"all": self.all, "maxLogLines": self.max_log_lines}


@dataclass(frozen=True, slots=True)
class Header:
    """A header that the operator adds to every webhook."""

    key: str
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All run-time settings at one moment. Sizes are bytes.

    `webhooks` is the URL for the events of every account; None sends nothing. `webhook_events` are the names of the
    events to send, `*` for all. `service_url` is the public origin of this installation. `service_secret` signs
    webhooks. `auth_server` is the URL from which accounts with `useAuthServer` get their credentials.
    The `notify_…` fields choose which parts of a message go into `messageNew`; `notify_headers` are header names, `*`
    for all.
    `register_existing` says what a registration under a taken id does: `refuse` or `update`.
    `moved_messages` says how a move is announced: `messageMoved` or `deletedAndNew`; None leaves it to `tells_moves`.
    `delivery_attempts` is how often a message without a number of its own is tried. `sending_paused`: no message of any
    account is sent. `outbox_keep_days` is how many days the octets of finished messages are kept.
    `logs` is about protocol logs.
    `unreadable` maps public names to errors, for sealed settings that cannot be opened. Their fields look unset, and
    `service_secret` is then a random value. A caller that needs the stored value must `demand` it.
    """

    service_secret: str = field(repr=False)
    webhooks_enabled: bool = True
    webhooks: str | None = field(default=None, repr=False)
    webhook_events: tuple[str, ...] = ("*",)
    webhooks_custom_headers: tuple[Header, ...] = ()
    service_url: str | None = None
    notify_text: bool = True
    notify_text_size: int = 2 * 1024 * 1024
    notify_headers: tuple[str, ...] = ()
    notify_attachments: bool = False
    notify_attachment_size: int = 5 * 1024 * 1024
    imap_indexer: str = "full"
    inbox_new_only: bool = False
    enable_oauth_tokens_api: bool = False
    auth_server: str | None = field(default=None, repr=False)
    page_brand_name: str = "Postroom"
    page_logo_url: str | None = None
    locale: str | None = None
    register_existing: str = "refuse"
    moved_messages: str | None = None
    delivery_attempts: int = 10
    sending_paused: bool = False
    outbox_keep_days: int = 7
    logs: LogRule = LogRule()
    unreadable: Mapping[str, PostroomError] = field(default_factory=dict)

    def demand(self, *names: str) -> Self:
        """Return these settings if all the named ones (by public name) could be opened. Raises SecretUnreadable."""
        for name in names:
            if name in self.unreadable:
                raise self.unreadable[name]
        return self

    @property
    def tells_moves(self) -> bool:
        """Whether a move is one `messageMoved`. By default it is not where a list of webhook events leaves that out."""
        if self.moved_messages is None:
            return not {"*", "messageMoved"}.isdisjoint(self.webhook_events)
        return self.moved_messages == "messageMoved"

    @property
    def posts_everything(self) -> bool:
        """Whether there is a URL for the events of every account, even one that cannot be opened."""
        return bool(self.webhooks) or "webhooks" in self.unreadable


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: its public name, the field of `Snapshot`, and whether it is encrypted at rest and never shown."""

    name: str
    field: str
    sealed: bool = False
    hidden: bool = False


KEYS: Final = {
    key.name: key
    for key in (
        Key("webhooksEnabled", "webhooks_enabled"),
        Key("webhooks", "webhooks", sealed=True),
        Key("webhookEvents", "webhook_events"),
        Key("webhooksCustomHeaders", "webhooks_custom_headers", sealed=True),
        Key("serviceUrl", "service_url"),
        Key("serviceSecret", "service_secret", sealed=True, hidden=True),
        Key("notifyText", "notify_text"),
        Key("notifyTextSize", "notify_text_size"),
        Key("notifyHeaders", "notify_headers"),
        Key("notifyAttachments", "notify_attachments"),
        Key("notifyAttachmentSize", "notify_attachment_size"),
        Key("imapIndexer", "imap_indexer"),
        Key("inboxNewOnly", "inbox_new_only"),
        Key("enableOAuthTokensApi", "enable_oauth_tokens_api"),
        Key("authServer", "auth_server", sealed=True),
        Key("pageBrandName", "page_brand_name"),
        Key("pageLogoUrl", "page_logo_url"),
        Key("locale", "locale"),
        Key("registerExisting", "register_existing"),
        Key("movedMessages", "moved_messages"),
        Key("deliveryAttempts", "delivery_attempts"),
        Key("sendingPaused", "sending_paused"),
        Key("outboxKeepDays", "outbox_keep_days"),
        Key("logs", "logs"),
    )
}
_URLS: Final = ("webhooks", "authServer")
"""Settings that are URLs; these can contain a user name and a password."""

SERVICE_SECRET: Final = "serviceSecret"  # noqa: S105 - the name of a setting


SEALED: Final = frozenset(key.name for key in KEYS.values() if key.sealed)


def snapshot(stored: Mapping[str, Any], unreadable: Mapping[str, PostroomError] | None = None) -> Snapshot:
    """Return the settings from stored JSON values by public name; `serviceSecret` must be among them."""
    values: dict[str, Any] = {}
    for name, value in stored.items():
        if name == "webhooksCustomHeaders":
            value = tuple(Header(header["key"], header.get("value", "")) for header in value)
        elif name == "logs":
            value = LogRule.of(value)
        elif isinstance(value, list):
            value = tuple(value)
        if name in KEYS:
            values[KEYS[name].field] = value
    return Snapshot(**values, unreadable=unreadable or {})


def shown(settings: Snapshot) -> dict[str, object]:
    """Return every setting by public name, as the API shows it: secrets as true or false, credentials masked."""
    answer: dict[str, object] = {}
    for key in KEYS.values():
        value = getattr(settings, key.field)
        if key.hidden:
            value = bool(value)
        elif key.name == "webhooksCustomHeaders":
            value = [{"key": header.key, "value": masked(header.value)} for header in value]
        elif key.name in _URLS and value:
            value = masked_url(value)
        elif isinstance(value, LogRule):
            value = value.shown()
        elif isinstance(value, tuple):
            value = list(value)
        answer[key.name] = value
    return answer


def find_masked(changes: Mapping[str, Any]) -> list[str]:
    """Return the names of settings whose new value contains the mask that a GET shows in place of a secret."""
    found = [name for name in changes if _is_masked(name, changes[name])]
    return sorted(found)


def masked_problems(changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the settings that hold the placeholder of a secret, with what is wrong in words."""
    words = f"holds the placeholder {MASK} that stands for a secret: send the secret, or leave the field out"
    return [(name, f'"{name}" {words}') for name in find_masked(changes)]


def _is_masked(name: str, value: Any) -> bool:
    if name in _URLS:
        return isinstance(value, str) and holds_mask(value)
    if name == "webhooksCustomHeaders":
        return any(header.get("value") == MASK for header in value or [])
    return name in KEYS and KEYS[name].hidden and isinstance(value, str) and set(value) == {"*"}
