"""Accounts of an EmailEngine as accounts of Postroom, under the same ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final, cast

from postroom.footprint.dataclass import dataclass
from postroom.moving.inventory import Document, block, flag, text
from postroom.moving.mapping.apps import AppStanding
from postroom.moving.mapping.secrets import ENCRYPTED, MASKED, missing
from postroom.moving.mapping.servers import imap_block, server_differences, smtp_block
from postroom.moving.plan import Destination, Fate, PlannedAccount, Remark, RemarkKind
from postroom.schemas.requests.accounts import NewAccount

__all__ = ["AccountSurroundings", "planned_account"]

_COPIED: Final = (
    *("name", "email", "expectedEmail", "webhooks", "webhooksCustomHeaders", "copy", "logs"),
    *("proxy", "smtpEhloName", "imapIndexer", "locale", "tz", "subconnections"),
)
_OAUTH2: Final = ("accessToken", "refreshToken", "expires", "generated", "useAuthServer")
_IDENTITY: Final = ("user", "delegatedUser", "delegatedAccount")


@dataclass(frozen=True, slots=True)
class AccountSurroundings:
    """What the plan of one account depends on besides the account itself.

    `defaults` are the settings of the whole EmailEngine that Postroom has for each account only, such as `proxy`.
    """

    apps: Mapping[str, AppStanding]
    there: Destination
    notify_from: str | None
    defaults: Document = field(default_factory=dict, repr=False)


def planned_account(account: str, document: Document, around: AccountSurroundings) -> PlannedAccount:
    """Return the plan for one account."""
    body = _body(account, document, around)
    if account in around.there.accounts:
        return PlannedAccount(account, Fate.THERE, body)
    hindrances = tuple(_hindrances(document, body, around))
    fate = Fate.WAITS if hindrances else Fate.GOES
    return PlannedAccount(account, fate, body, (*hindrances, *_differences(document)))


def _body(account: str, document: Document, around: AccountSurroundings) -> NewAccount:
    given = {**around.defaults, **{name: value for name, value in document.items() if value not in (None, "")}}
    body: dict[str, object] = {"account": account}
    body |= {name: given[name] for name in _COPIED if given.get(name) not in (None, "", [])}
    body.setdefault("name", text(document, "email") or account)
    if (path := document.get("path")) not in (None, "", "*", [], ["*"]):
        body["path"] = path
    if around.notify_from is not None:
        body["notifyFrom"] = around.notify_from
    for name, made in (("imap", imap_block(document)), ("smtp", smtp_block(document)), ("oauth2", _oauth2(document))):
        if made is not None:
            body[name] = made
    return cast("NewAccount", body)


def _oauth2(document: Document) -> Document | None:
    stored = block(document, "oauth2")
    if stored is None:
        return None
    hidden = {path for path, kind in missing(stored) if kind == MASKED}
    given = {name: value for name, value in stored.items() if value not in (None, "", False) and name not in hidden}
    made: dict[str, object] = {name: given[name] for name in _OAUTH2 if name in given}
    if provider := text(stored, "provider"):
        made["provider"] = provider
    who = block(stored, "auth") or {}
    if identity := {name: value for name in _IDENTITY if (value := text(who, name))}:
        made["auth"] = identity
    if _borrows(stored) or text(made, "refreshToken"):
        # Another account has the tokens, or a new one is fetched.
        made.pop("accessToken", None)
    if "accessToken" not in made:
        made = {name: value for name, value in made.items() if name not in ("expires", "generated")}
    return made


def _borrows(oauth2: Document) -> bool:
    return text(block(oauth2, "auth") or {}, "delegatedAccount") is not None


def _hindrances(document: Document, body: NewAccount, around: AccountSurroundings) -> Iterator[Remark]:
    """Yield what a person must do before the account can be registered."""
    oauth2 = block(document, "oauth2")
    standing = around.apps.get(text(oauth2 or {}, "provider") or "")
    if oauth2 is not None and text(oauth2, "provider") and not (standing and standing.usable):
        yield _APP_MISSING
    if standing is not None and standing.other_protocol:
        yield _OTHER_PROTOCOL
    elif oauth2 is not None and _needs_consent(oauth2, standing):
        yield _CONSENT
    yield from _secrets_missing(body)
    if not {"imap", "smtp", "oauth2"} & body.keys():
        yield _EMPTY


def _secrets_missing(body: NewAccount) -> Iterator[Remark]:
    hidden = missing(cast("Document", body))
    in_servers = [path.startswith(("imap.", "smtp.")) for path, kind in hidden if kind == MASKED]
    if any(kind == ENCRYPTED for _, kind in hidden):
        yield _ENCRYPTED
    if any(in_servers):
        yield _PASSWORD
    if not all(in_servers):
        yield _URL_OR_HEADER


def _needs_consent(oauth2: Document, standing: AppStanding | None) -> bool:
    """Say whether no token is known, and none can be had without the person."""
    if flag(oauth2, "useAuthServer") or _borrows(oauth2) or (standing is not None and standing.service):
        return False
    if text(oauth2, "refreshToken"):
        return ("refreshToken", MASKED) in missing(oauth2)
    return not text(oauth2, "accessToken") or ("accessToken", MASKED) in missing(oauth2)


def _differences(document: Document) -> Iterator[Remark]:
    yield from server_differences(document)
    if flag(block(document, "imap") or {}, "disabled"):
        yield _DISABLED


_APP_MISSING: Final = Remark(
    RemarkKind.PERSON,
    "app",
    "Their OAuth2 application is not in Postroom yet. They follow when it is: run the import again.",
)
_OTHER_PROTOCOL: Final = Remark(
    RemarkKind.PERSON,
    "otherProtocol",
    "EmailEngine reads them over the provider's own API. Postroom reads them over IMAP, which the person must allow: "
    "register them with `oauth2.authorize` or by a link to the hosted sign-in.",
)
_CONSENT: Final = Remark(
    RemarkKind.PERSON,
    "consent",
    "The API of EmailEngine does not show their refresh tokens. Export them with `emailengine export -a ACCOUNT` and "
    "give that file, or let the people consent again: `oauth2.authorize` or the hosted sign-in.",
)
_ENCRYPTED: Final = Remark(
    RemarkKind.PERSON,
    "encrypted",
    "Their secrets are encrypted in the file. Export them with EmailEngine's secret set (`EENGINE_SECRET`).",
)
_PASSWORD: Final = Remark(
    RemarkKind.PERSON,
    "password",
    "The API of EmailEngine does not show their passwords. Export them with `emailengine export -a ACCOUNT` and give "
    "that file, or write the passwords into a file with the secrets.",
)
_URL_OR_HEADER: Final = Remark(
    RemarkKind.PERSON,
    "url",
    "The user or password in their `webhooks` or `proxy`, or the value of a header of theirs, is not shown. Give it in "
    "a file with the secrets.",
)
_EMPTY: Final = Remark(
    RemarkKind.PERSON, "empty", "They have neither `imap` nor `smtp` nor `oauth2`, so there is nothing to sign in to."
)
_DISABLED: Final = Remark(
    RemarkKind.DIFFERS,
    "disabled",
    "Their IMAP is switched off in EmailEngine, perhaps after many refused sign-ins, and it stays off: "
    'PUT `{"imap": {"partial": true, "disabled": false}}` switches it on.',
)
