"""OAuth2 applications of an EmailEngine as applications of Postroom, under the same ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from postroom.footprint.dataclass import dataclass
from postroom.moving.inventory import Document, flag, text
from postroom.moving.mapping.secrets import missing
from postroom.moving.plan import Destination, Fate, PlannedApp, Remark, RemarkKind
from postroom.schemas.requests.oauth2 import NewApp

__all__ = ["AppStanding", "app_standing", "planned_apps"]

SERVICES: Final = ("gmailService", "outlookService")
"""Providers whose applications open every mailbox of a domain. Their accounts have no tokens of their own."""
_KNOWN: Final = ("gmail", "gmailService", "outlook", "outlookService", "mailRu")
_SECRETS: Final = ("clientSecret", "serviceKey")
_TEXTS: Final = (
    *("name", "description", "title", "clientId", "authority", "tenant", "cloud"),
    *("serviceClient", "serviceClientEmail", *_SECRETS),
)
_LISTS: Final = ("extraScopes", "skipScopes")


@dataclass(frozen=True, slots=True)
class AppStanding:
    """What an account must know of its application.

    `usable`: Postroom has it, or gets it. `service`: its accounts need no tokens of their own. `other_protocol`: it
    has scopes for the provider's own API, so that consents given to it do not cover IMAP.
    """

    usable: bool
    service: bool = False
    other_protocol: bool = False


def planned_apps(apps: Iterable[tuple[str, Document]], there: Destination) -> list[PlannedApp]:
    """Return the plan for each application."""
    return [_planned(app, document, there) for app, document in apps]


def app_standing(planned: PlannedApp, document: Document) -> AppStanding:
    """Return what the accounts of an application must know."""
    usable = planned.fate in (Fate.GOES, Fate.THERE)
    service = text(document, "provider") in SERVICES
    return AppStanding(usable, service, text(document, "baseScopes") == "api" and not service)


def _planned(app: str, document: Document, there: Destination) -> PlannedApp:
    remarks: list[Remark] = []
    fate = Fate.THERE if app in there.apps else _fate(app, document, remarks)
    if fate in (Fate.GOES, Fate.WAITS):
        remarks += _differences(app, document)
    return PlannedApp(app, fate, _body(app, document), tuple(remarks))


def _fate(app: str, document: Document, remarks: list[Remark]) -> Fate:
    provider, scopes = text(document, "provider"), text(document, "baseScopes")
    if scopes == "pubsub":
        words = f"The OAuth2 application {app} is for Google's Pub/Sub. Postroom does not use it: it watches over IMAP."
        remarks.append(Remark(RemarkKind.LOST, "pubsub", words))
        return Fate.STAYS
    if provider not in _KNOWN:
        words = f"The OAuth2 application {app} has a provider that Postroom does not know."
        remarks.append(Remark(RemarkKind.LOST, "provider", words))
        return Fate.STAYS
    if document.get("authMethod") == "externalAccount":
        words = (
            f"The OAuth2 application {app} signs in with an external account. Postroom needs the private key of the "
            f"service account: register the application yourself with the id {app}."
        )
        remarks.append(Remark(RemarkKind.PERSON, "externalAccount", words))
        return Fate.WAITS
    hidden = [path for path, _ in missing(document) if path in _SECRETS]
    if hidden:
        words = (
            f"The API of EmailEngine does not show {' and '.join(hidden)} of the OAuth2 application {app}. "
            "Write it into the file with the secrets."
        )
        remarks.append(Remark(RemarkKind.PERSON, "appSecret", words))
        return Fate.WAITS
    return Fate.GOES


def _differences(app: str, document: Document) -> list[Remark]:
    found = []
    if text(document, "provider") not in SERVICES:
        words = (
            f"People who consent are sent back to Postroom: register <serviceUrl>/oauth of the Postroom with the "
            f"provider for the OAuth2 application {app}, if its address is not that of the EmailEngine."
        )
        found.append(Remark(RemarkKind.PERSON, "redirectUrl", words))
    if text(document, "baseScopes") == "api":
        words = (
            f"The OAuth2 application {app} uses the provider's own API. Postroom uses IMAP and SMTP: allow their "
            "scopes for it at the provider."
        )
        found.append(Remark(RemarkKind.PERSON, "baseScopes", words))
    return found


def _body(app: str, document: Document) -> NewApp:
    body: dict[str, object] = {"id": app, "provider": document.get("provider"), "enabled": flag(document, "enabled")}
    body |= {name: value for name in _TEXTS if (value := text(document, name))}
    body |= {name: document[name] for name in _LISTS if document.get(name)}
    body.setdefault("name", app)
    return cast("NewApp", body)
