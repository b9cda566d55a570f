"""The treatment of a server is what its profiles say, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from postroom.connections.quirks.profile import Treatment
from postroom.sessions.quirks import GOOD, Quirks, quirks_for


def test_the_fields_are_those_of_the_profiles_with_the_same_defaults() -> None:
    assert {each.name: each.default for each in dataclasses.fields(Quirks)} == {
        name: field.default for name, field in Treatment.model_fields.items()
    }


@pytest.mark.parametrize(
    ("host", "quirks"),
    [
        ("imap.example.com", GOOD),
        ("imap.mail.me.com", Quirks(avoid=frozenset({"QRESYNC"}), account_connections=5)),
        ("imap.gmail.com", Quirks(settles_late=True, account_connections=15)),
        ("imap.mail.yahoo.com", Quirks(idle_renewal=180, account_connections=5)),
        ("imap.rambler.ru", Quirks(idle_renewal=55)),
        ("imap.126.com", Quirks(idles=False, idle_renewal=55)),
        ("imappro.zoho.eu", Quirks(trusts_modseq=False)),
        ("imap.naver.com", Quirks(idles=False, polls_by_select=True)),
        ("imap.wp.pl", Quirks(idles=False)),
    ],
)
def test_providers_are_known_by_their_hosts(host: str, quirks: Quirks) -> None:
    assert quirks_for(host) == quirks


def test_a_server_under_another_name_is_known_by_what_it_tells() -> None:
    assert quirks_for("mail.example.com", {"name": "Coremail Imap"}).idles is False
    assert quirks_for("mail.example.com", capabilities=frozenset({"X-GM-EXT-1"})).settles_late is True
