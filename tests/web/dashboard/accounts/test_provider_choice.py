"""Accounts of one provider stand together, by password or OAuth2, at whatever host of it."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountPlace
from postroom.web.dashboard.accounts.provider_choice import name_of, provider_choices

KINDS = {"sales": "gmail", "desk": "oidc"}


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (AccountPlace("imap", "imap.gmail.com"), "Gmail"),
        (AccountPlace("sales", ""), "Gmail"),
        (AccountPlace("gmail", ""), "Gmail"),
        (AccountPlace("imap", "mail.firm.example"), "mail.firm.example"),
        (AccountPlace("imap", ""), "IMAP, host not known"),
        (AccountPlace("sending", ""), "Sending only"),
        (AccountPlace("sending", "smtp.firm.example"), "smtp.firm.example"),
        (AccountPlace("delegated", ""), "Borrowed credentials"),
        (AccountPlace("oauth2", ""), "OAuth2, by the caller"),
        (AccountPlace("desk", ""), "OAuth2: desk"),
        (AccountPlace("gone", ""), "OAuth2: gone"),
    ],
)
def test_the_name_of_a_provider(place: AccountPlace, name: str) -> None:
    assert name_of(place, KINDS) == name


def test_the_largest_provider_comes_first() -> None:
    counts = {
        AccountPlace("imap", "b.example"): 4,
        AccountPlace("imap", "a.example"): 4,
        AccountPlace("imap", "imap.gmail.com"): 3,
        AccountPlace("sales", ""): 2,
    }
    found = provider_choices(counts, KINDS)
    assert [(each.name, each.count) for each in found] == [("Gmail", 5), ("a.example", 4), ("b.example", 4)]
    assert set(found[0].places) == {AccountPlace("imap", "imap.gmail.com"), AccountPlace("sales", "")}
