"""The pages that the bar of the dashboard leads to. Pure."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["NAVIGATION", "NavGroup", "NavLink", "is_within"]


@dataclass(frozen=True, slots=True)
class NavLink:
    """A link of the bar: its text, its path, and the name of its icon."""

    text: str
    path: str
    icon: str


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Links that belong together; the first group has no title."""

    title: str
    links: tuple[NavLink, ...]


NAVIGATION: Final = (
    NavGroup("", (NavLink("Overview", "/", "overview"), NavLink("Accounts", "/dashboard/accounts", "accounts"))),
    NavGroup("Mail", (NavLink("Outbox", "/dashboard/outbox", "outbox"),)),
    NavGroup(
        "Events",
        (
            NavLink("Webhooks", "/dashboard/webhooks", "webhooks"),
            NavLink("Events", "/dashboard/events", "events"),
        ),
    ),
    NavGroup(
        "Access",
        (
            NavLink("OAuth2 applications", "/dashboard/oauth2", "oauth2"),
            NavLink("Tokens", "/dashboard/tokens", "tokens"),
        ),
    ),
    NavGroup(
        "Operation",
        (
            NavLink("Nodes", "/dashboard/nodes", "nodes"),
            NavLink("Settings", "/dashboard/settings", "settings"),
        ),
    ),
    NavGroup("For programs", (NavLink("API reference", "/dashboard/reference", "reference"),)),
)


def is_within(here: str, path: str) -> bool:
    """Say whether a page is the one that a link leads to, or below it."""
    return here == path or (path != "/" and here.startswith(f"{path}/"))
