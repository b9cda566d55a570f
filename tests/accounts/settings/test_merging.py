"""A change applied to settings: what stays, what is replaced, and what is left out."""

from __future__ import annotations

import copy

import pytest

from postroom.accounts.settings.merging import merge, new_settings
from postroom.accounts.settings.problems import problems
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.writing import document_of
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP, STORED


def merged(change: Document, stored: Document = STORED) -> Document:
    sent = copy.deepcopy(change)
    result = merge(settings_of(stored), change)
    assert change == sent
    assert result.warnings == []
    return document_of(result.settings)


def test_fields_not_sent_stay() -> None:
    assert merged({}) == STORED
    assert merged({"logs": False}) == {**STORED, "logs": False}


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_value_clears_a_field(empty: object) -> None:
    assert "webhooks" not in merged({"webhooks": empty})


def test_false_and_zero_are_values() -> None:
    assert merged({"copy": False, "logs": 0}) == {**STORED, "copy": False, "logs": 0}


@pytest.mark.parametrize("gone", [False, None])
def test_false_removes_a_block(gone: object) -> None:
    assert "smtp" not in merged({"smtp": gone})
    assert merged({"oauth2": gone}) == STORED


def test_a_block_with_a_host_replaces_the_stored_one() -> None:
    block = {"host": "other.example.com", "port": 143, "auth": {"user": "v", "pass": "new"}}
    assert merged({"imap": block})["imap"] == block


def test_a_block_without_a_host_merges_its_credentials_so_that_passwords_can_be_rotated() -> None:
    found = merged({"imap": {"auth": {"pass": "new"}}, "smtp": {"auth": {"pass": "new"}}})
    assert found == {
        **STORED,
        "imap": {**IMAP, "auth": {"user": "u", "pass": "new"}},
        "smtp": {**SMTP, "auth": {"user": "u", "pass": "new"}},
    }


def test_a_block_without_a_host_merges_its_other_fields() -> None:
    assert merged({"imap": {"port": 143, "secure": False}})["imap"] == {**IMAP, "port": 143, "secure": False}


def test_credentials_of_one_kind_take_the_place_of_the_other() -> None:
    token = merged({"imap": {"auth": {"accessToken": "T"}}})
    assert token["imap"]["auth"] == {"user": "u", "accessToken": "T"}
    assert merged({"imap": {"auth": {"pass": "P"}}}, token)["imap"]["auth"] == {"user": "u", "pass": "P"}


def test_a_block_for_a_protocol_the_account_lacks_is_left_out_and_named() -> None:
    result = merge(settings_of({"imap": IMAP}), {"imap": {"auth": {"pass": "new"}}, "smtp": {"auth": {"pass": "new"}}})
    assert document_of(result.settings) == {"imap": {**IMAP, "auth": {"user": "u", "pass": "new"}}}
    assert result.warnings == ["smtp: left out, because the account has no smtp settings and the block names no host"]
    assert "no provider" in merge(settings_of({"imap": IMAP}), {"oauth2": {"accessToken": "x"}}).warnings[0]


def test_partial_merges_the_named_fields_even_with_a_host() -> None:
    found = merged({"imap": {"partial": True, "host": "new.example.com", "disabled": True}})
    assert found["imap"] == {**IMAP, "host": "new.example.com", "disabled": True}


def test_partial_takes_the_credentials_as_one_value_but_keeps_the_user() -> None:
    stored = {"imap": {**IMAP, "auth": {"user": "u", "pass": "old", "accessToken": "T"}}}
    change = {"imap": {"partial": True, "auth": {"pass": "new"}}}
    assert merged(change, stored)["imap"]["auth"] == {"user": "u", "pass": "new"}
    change = {"imap": {"partial": True, "auth": {"user": "v", "pass": "new"}}}
    assert merged(change, stored)["imap"]["auth"] == {"user": "v", "pass": "new"}


def test_credentials_can_be_given_up_for_the_authentication_server() -> None:
    for partial in (True, False):
        found = merged({"imap": {"partial": partial, "auth": False, "useAuthServer": True}})
        assert found["imap"]["auth"] is False
        assert problems(settings_of(found)) == []


def test_partial_is_never_stored() -> None:
    for block in ({"partial": True, "port": 1}, {"partial": False, "port": 1}, {**IMAP, "partial": False}):
        assert "partial" not in merged({"imap": block})["imap"]


def test_partial_without_a_stored_block_becomes_the_block() -> None:
    assert merged({"smtp": {**SMTP, "partial": True}}, {"imap": IMAP})["smtp"] == SMTP


def test_oauth2_tokens_are_rotated_without_naming_the_provider() -> None:
    found = merged({"oauth2": {"accessToken": "new"}}, {"oauth2": OAUTH2})
    assert found["oauth2"] == {**OAUTH2, "accessToken": "new"}
    assert merged({"oauth2": {"provider": "outlook", "auth": {"user": "x"}}}, {"oauth2": OAUTH2})["oauth2"] == {
        "provider": "outlook",
        "auth": {"user": "x"},
    }


def test_who_named_the_servers_decides_how_far_they_may_be() -> None:
    stored = settings_of({"imap": IMAP, "publicHosts": True})
    change: Document
    for change in ({"name": "N"}, {"imap": {"auth": {"pass": "new"}}}, {"imap": IMAP, "publicHosts": True}):
        assert merge(stored, change).settings.public_hosts is True
    for change in ({"imap": IMAP}, {"imap": {"partial": True, "host": "h"}}, {"smtp": SMTP}, {"oauth2": OAUTH2}):
        assert merge(stored, change).settings.public_hosts is None


def test_another_receiver_is_one_of_who_names_it() -> None:
    stored = settings_of({"webhooks": "https://h/", "ownReceiver": True})
    assert merge(stored, {"logs": True}).settings.own_receiver is True
    assert merge(stored, {"webhooks": "https://h/"}).settings.own_receiver is None


def test_what_is_stored_beside_the_settings_is_no_part_of_them() -> None:
    change = {"name": "N", "email": "n@example.com", "metadata": {"a": "b"}, "tz": "Europe/Tallinn"}
    assert merged(change) == {**STORED, "tz": "Europe/Tallinn"}
    assert document_of(new_settings(change)) == {"tz": "Europe/Tallinn"}


def test_new_settings_leave_out_what_is_empty_or_switched_off() -> None:
    body = {"imap": False, "smtp": {}, "oauth2": OAUTH2, "path": [], "tz": None, "locale": "", "logs": False}
    assert document_of(new_settings(body)) == {"oauth2": OAUTH2, "logs": False}


def test_what_this_version_does_not_know_survives_a_change() -> None:
    stored = {"imap": {**IMAP, "hint": {"a": [1]}}, "other": [None, True]}
    assert merged({"imap": {"auth": {"pass": "new"}}, "logs": True}, stored) == {
        "imap": {**IMAP, "hint": {"a": [1]}, "auth": {"user": "u", "pass": "new"}},
        "other": [None, True],
        "logs": True,
    }
