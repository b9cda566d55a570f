"""Which OAuth2 applications a mailbox may be opened with."""

from __future__ import annotations

from typing import Any

from postroom.web.dashboard.adding.offers import app_password_hint, name_of_app, offers
from postroom.web.dashboard.desk import Desk

APPS: list[Any] = [
    {"provider": "outlook", "name": "Microsoft", "clientId": "c", "clientSecret": "s"},
    {"provider": "gmail", "name": "Google", "clientId": "c", "clientSecret": "s"},
    {"provider": "outlookService", "name": "Ours", "clientId": "c", "clientSecret": "s", "tenant": "a.example"},
]


async def test_those_that_fit_come_first(desk: Desk) -> None:
    assert await offers(desk.apps, "") == []
    for each in APPS:
        await desk.apps.create(each)
    found = await offers(desk.apps, "IMAP.gmail.com")
    assert [(each.id, each.fits, each.asks) for each in found] == [
        ("gmail", True, True),
        ("outlook", False, True),
        ("outlookService", False, False),
    ]
    assert not any(each.fits for each in await offers(desk.apps, ""))
    assert await name_of_app(desk.apps, "gmail") == "Google"
    assert await name_of_app(desk.apps, "gone") == "gone"


def test_what_a_provider_wants_of_people() -> None:
    assert app_password_hint("imap.gmail.com").startswith("Gmail")
    assert app_password_hint("imap.example.com") == app_password_hint("") == ""
