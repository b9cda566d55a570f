"""How a person puts the sign-in of an account right: a new password, a new consent, or somewhere else. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountView
from postroom.accounts.settings.values import AccountSettings
from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.accounts.paths import account_path

__all__ = ["Cure", "CureKind", "cure_of", "needed_cure"]

CureKind: TypeAlias = Literal["password", "consent", "lender", "auth_server", "application"]
"""`auth_server` and `application` mean that the credentials are not the account's own, so no page here mends them."""

_SERVICES: Final = frozenset({"gmailService", "outlookService"})
_PROVIDERS: Final = {"gmail": "Google", "outlook": "Microsoft", "mailRu": "Mail.ru"}


@dataclass(frozen=True, slots=True)
class Cure:
    """`text` is that of the button, `path` where it leads."""

    kind: CureKind
    text: str
    path: str


def cure_of(account: str, settings: AccountSettings, kinds: Mapping[str, str]) -> Cure:
    """Return how the sign-in of an account is mended. `kinds` are those of OAuth2 applications by their ids."""
    here = account_path(account, "repair")
    if settings.lender is not None:
        return Cure("lender", f"Repair {settings.lender}", account_path(settings.lender, "repair"))
    protocol: Literal["imap", "smtp"] = "imap" if settings.wants_imap else "smtp"
    server, oauth2 = settings.server(protocol), settings.oauth2
    if oauth2 is not None and settings.uses_oauth2(protocol):
        if oauth2.use_auth_server:
            return Cure("auth_server", "Who gives the credentials", here)
        kind = kinds.get(oauth2.provider or "", "")
        if kind in _SERVICES:
            return Cure("application", "Who gives the credentials", here)
        return Cure("consent", f"Sign in again with {_PROVIDERS.get(kind, 'the provider')}", here)
    if server is not None and server.use_auth_server:
        return Cure("auth_server", "Who gives the credentials", here)
    return Cure("password", "Enter the new password", here)


def needed_cure(view: AccountView, kinds: Mapping[str, str]) -> Cure | None:
    """Return the cure of an account that needs one now, None if its sign-in is not refused."""
    refused = view.row.state is State.AUTHENTICATION_ERROR and view.row.wanted != "stopped"
    return cure_of(view.row.account, view.settings, kinds) if refused else None
