"""The treatment of a server is what its profiles say, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from postroom.connections.quirks.profile import SendingLimits, Treatment
from postroom.sessions.quirks import GOOD, Quirks, quirks_for, sending_for


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


@pytest.mark.parametrize(
    ("host", "limits"),
    [
        ("smtp.example.com", SendingLimits()),
        ("smtp.gmail.com", SendingLimits(per_day=2000, recipients_per_message=100, stores_sent_copy=True)),
        ("smtp.mail.me.com", SendingLimits(per_day=1000, recipients_per_message=500)),
        ("smtp.mail.yahoo.com", SendingLimits(per_day=500, recipients_per_message=100)),
        ("email-smtp.eu-west-1.amazonaws.com", SendingLimits(recipients_per_message=50, replaces_message_id=True)),
    ],
)
def test_what_providers_allow_is_known_by_their_hosts(host: str, limits: SendingLimits) -> None:
    assert sending_for(host) == limits


def test_the_more_exact_profile_overrides_the_other() -> None:
    business, private = sending_for("smtp.office365.com"), sending_for("smtp-mail.outlook.com")
    assert (business.recipients_per_message, private.recipients_per_message) == (500, 100)
    assert (business.per_minute, private.per_minute) == (30, 30)
    assert private.stores_sent_copy
