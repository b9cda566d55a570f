"""The run-time settings of an EmailEngine as settings of Postroom, and what of the rest has no counterpart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from postroom.configuration.keys import KEYS
from postroom.events.types import ANNOUNCED
from postroom.moving.inventory import Document, Inventory, block, flag, text
from postroom.moving.mapping.secrets import missing
from postroom.moving.plan import Remark, RemarkKind
from postroom.schemas.requests.settings import SettingsChange

__all__ = ["ASKED", "account_defaults", "leftovers", "planned_settings", "settings_remarks"]

_COPIED: Final = (
    *("webhooks", "webhooksCustomHeaders", "inboxNewOnly", "authServer"),
    *("notifyText", "notifyTextSize", "notifyHeaders", "notifyAttachments", "notifyAttachmentSize"),
    *("imapIndexer", "enableOAuthTokensApi", "pageBrandName", "locale", "deliveryAttempts"),
)
_WITHOUT_COUNTERPART: Final = (
    *("trackOpens", "trackClicks", "templateHeader", "notifyWebSafeHtml", "notifyCalendarEvents"),
    *("resolveGmailCategories", "generateEmailSummary", "smtpServerEnabled", "imapProxyServerEnabled"),
    *("mcpEnabled", "tokenAuditLog", "localAddresses"),
)
ASKED: Final = (
    *_COPIED,
    *(
        "webhooksEnabled",
        "webhookEvents",
        "logs",
        "serviceUrl",
        "serviceSecret",
        "proxyEnabled",
        "proxyUrl",
        "smtpEhloName",
    ),
    *("ignoreMailCertErrors", *_WITHOUT_COUNTERPART),
)
"""The settings to read. The others of an EmailEngine have nothing to do with what Postroom does."""

_COUNTED: Final[Mapping[str, tuple[RemarkKind, str]]] = {
    "templates": (RemarkKind.LOST, "{} templates: Postroom sends what it is given, so your program fills them in."),
    "gateways": (
        RemarkKind.LOST,
        "{} sending gateways: register each as an account with `smtp` alone.",
    ),
    "blocklists": (RemarkKind.LOST, "{} block lists: your program must keep out the addresses itself."),
    "tokens": (RemarkKind.PERSON, "{} access tokens: only their hashes are stored, so make new ones in Postroom."),
    "outbox": (RemarkKind.PERSON, "{} messages wait in its outbox: let EmailEngine send them before you stop it."),
}


def planned_settings(found: Inventory) -> SettingsChange:
    """Return the settings to set. With nothing to set, nothing is changed, not even what keeps receivers working."""
    given = {name: value for name, value in found.settings.items() if value is not None}
    hidden = {path.partition(".")[0] for path, _ in missing(given)}
    made: dict[str, object] = {name: given[name] for name in _COPIED if name in given and name not in hidden}
    if flag(given, "webhooksEnabled") or _switched_off(found.settings):
        made["webhooksEnabled"] = flag(given, "webhooksEnabled")
    if isinstance(given.get("webhookEvents"), list):
        made["webhookEvents"] = _events(given["webhookEvents"])
    if (logs := block(given, "logs")) is not None:
        made["logs"] = {name: logs[name] for name in ("all", "maxLogLines") if logs.get(name) is not None}
    if secret := text(given, "serviceSecret"):
        made["serviceSecret"] = secret
    if not made:
        return {}
    # Receivers and programs written for EmailEngine know neither `messageMoved` nor a refused registration.
    made |= {"movedMessages": "deletedAndNew", "registerExisting": "update"}
    return cast("SettingsChange", {name: value for name, value in made.items() if name in KEYS})


def account_defaults(found: Inventory) -> Document:
    """Return the settings of the whole EmailEngine that Postroom has for each account only."""
    settings = found.settings
    defaults: dict[str, object] = {}
    if flag(settings, "proxyEnabled") and (proxy := text(settings, "proxyUrl")):
        defaults["proxy"] = proxy
    if name := text(settings, "smtpEhloName"):
        defaults["smtpEhloName"] = name
    return defaults


def settings_remarks(found: Inventory) -> Iterator[Remark]:
    """Yield what to know of the settings."""
    settings = found.settings
    yield from _hidden(settings)
    yield from _secret(settings)
    if not settings:
        return
    if text(settings, "serviceUrl"):
        words = "`serviceUrl` is the address of the EmailEngine, and stays there: set that of the Postroom."
        yield Remark(RemarkKind.PERSON, "serviceUrl", words)
    if _switched_off(settings):
        yield _SWITCHED_OFF
    if lost := [name for name in _listed_events(settings) if name not in (*ANNOUNCED, "*")]:
        words = f"The webhook events {', '.join(lost)} are not sent by Postroom."
        yield Remark(RemarkKind.LOST, "webhookEvents", words)
    if account_defaults(found):
        words = (
            "The proxy or the EHLO name for all accounts becomes a setting of each account that has none of its own."
        )
        yield Remark(RemarkKind.DIFFERS, "defaults", words)
    if flag(settings, "ignoreMailCertErrors"):
        yield _CERTIFICATES
    if unknown := [name for name in _WITHOUT_COUNTERPART if settings.get(name) not in (None, False, "", [])]:
        yield Remark(RemarkKind.LOST, "settings", f"Settings without a counterpart: {', '.join(unknown)}.")


def leftovers(found: Inventory) -> Iterator[Remark]:
    """Yield what is neither an account nor an application nor a setting."""
    for name, (kind, words) in _COUNTED.items():
        if count := found.counted.get(name):
            yield Remark(kind, name, words.format(count))
    for route in found.routes:
        called = text(route, "name") or text(route, "id") or "without a name"
        words = (
            f"The webhook route “{called}” chooses events with a program. Make an endpoint (`POST /v1/webhooks`) that "
            "chooses by `events`, `accounts` or `metadata`, and let its receiver do the rest."
        )
        yield Remark(RemarkKind.PERSON, "routes", words)
    for sentence in found.unread:
        yield Remark(RemarkKind.PERSON, "unread", sentence)


def _switched_off(settings: Document) -> bool:
    """Say whether EmailEngine sends no webhooks, though it has a URL: also where nobody ever switched them on."""
    asked = "webhooksEnabled" in settings
    return asked and bool(text(settings, "webhooks")) and not flag(settings, "webhooksEnabled")


def _hidden(settings: Document) -> Iterator[Remark]:
    hidden = sorted({path.partition(".")[0] for path, _ in missing(settings)} & set(_COPIED))
    if hidden:
        words = (
            f"The API of EmailEngine does not show all of {', '.join(hidden)}. Write the whole value into the file "
            "with the secrets, under `settings`, or set it in Postroom yourself."
        )
        yield Remark(RemarkKind.PERSON, "hidden", words)


def _secret(settings: Document) -> Iterator[Remark]:
    if settings.get("serviceSecret") is True:
        words = (
            "`serviceSecret` signs the webhooks, and is not shown. Write it into the file with the secrets, under "
            "`settings`, so that your receivers accept the signature of Postroom."
        )
        yield Remark(RemarkKind.PERSON, "serviceSecret", words)


def _listed_events(settings: Document) -> list[str]:
    events = settings.get("webhookEvents")
    return [str(each) for each in events] if isinstance(events, list) else []


def _events(names: object) -> list[str]:
    return [str(name) for name in cast("list[object]", names) if name in (*ANNOUNCED, "*")]


_SWITCHED_OFF: Final = Remark(
    RemarkKind.DIFFERS,
    "switchedOff",
    "EmailEngine sends no webhooks (`webhooksEnabled`), so Postroom will send none either, to no endpoint.",
)
_CERTIFICATES: Final = Remark(
    RemarkKind.DIFFERS,
    "certificates",
    "EmailEngine ignores invalid certificates of mail servers (`ignoreMailCertErrors`). Postroom does so only "
    "for single accounts: set `tls.rejectUnauthorized` in their `imap` and `smtp` to false where you need it.",
)
