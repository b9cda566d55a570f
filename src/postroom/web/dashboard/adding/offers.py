"""The OAuth2 applications that a mailbox may be opened with, those that fit its server first."""

from __future__ import annotations

from typing import Final

from postroom.connections.quirks.library import matching
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.apps import Apps

__all__ = ["OAuthOffer", "app_password_hint", "name_of_app", "offers"]

_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class OAuthOffer:
    """An application. With `asks` a person consents in a browser; without it, its own credentials open any mailbox.

    `fits` means that it is for the mail server that was found.
    """

    id: str
    name: str
    asks: bool
    fits: bool


async def offers(apps: Apps, host: str) -> list[OAuthOffer]:
    """Return the applications, those for this IMAP server first."""
    _, found = await apps.list_page(0, _MOST)
    all_of_them = [
        OAuthOffer(
            app.id,
            str(app.document.get("name") or app.id),
            app.provider.grant == "refresh_token",
            app.provider.imap is not None and app.provider.imap.host == host.lower() != "",
        )
        for app in found
    ]
    return sorted(all_of_them, key=lambda offer: not offer.fits)


async def name_of_app(apps: Apps, app: str) -> str:
    """Return what people call an application; its id if it is not there."""
    return next((offer.name for offer in await offers(apps, "") if offer.id == app), app)


def app_password_hint(host: str) -> str:
    """Return what the provider at a host wants of those who sign in with a password; empty if nothing is known."""
    for profile in matching(host) if host else ():
        if profile.app_password is not None:
            return f"{profile.name}: {profile.app_password.instructions}"
    return ""
