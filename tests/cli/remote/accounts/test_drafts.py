"""Drafts of accounts become bodies of registrations."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from postroom.cli.remote.accounts.drafts import completed, field_names, needs_servers, problems, secrets_in, with_value
from postroom.schemas.requests.accounts import NewAccount

FOUND = {
    "imap": {"host": "imap.example.org", "port": 993, "secure": True, "auth": {"user": "ada@example.org"}},
    "smtp": {"host": "smtp.example.org", "port": 465, "secure": True, "auth": {"user": "ada@example.org"}},
}


def test_an_address_and_a_password_are_enough_once_the_servers_are_found() -> None:
    draft = {"email": "ada@example.org", "password": "hidden"}
    assert needs_servers(draft)
    body: Any = completed(draft, FOUND)
    assert (body["account"], body["name"], body["email"]) == ("ada@example.org",) * 3
    assert body["imap"]["auth"] == {"user": "ada@example.org", "pass": "hidden"}
    assert body["smtp"]["auth"] == {"user": "ada@example.org", "pass": "hidden"}
    assert "password" not in body
    assert problems(body) == []


def test_what_is_given_stays() -> None:
    imap = {"host": "imap.example.org", "port": 993, "auth": {"user": "ada", "pass": "own"}}
    draft = {"email": "ada@example.org", "user": "x", "password": "hidden", "account": "a", "name": "Ada", "imap": imap}
    assert not needs_servers(draft)
    body: Any = completed(draft)
    assert (body["account"], body["name"]) == ("a", "Ada")
    assert body["imap"]["auth"] == {"user": "ada", "pass": "own"}


def test_an_access_token_gets_no_password_beside_it() -> None:
    imap = {"host": "imap.example.org", "port": 993, "auth": {"accessToken": "hidden"}}
    body: Any = completed({"email": "ada@example.org", "password": "other", "imap": imap})
    assert body["imap"]["auth"] == {"accessToken": "hidden", "user": "ada@example.org"}


def test_an_authentication_server_needs_no_login() -> None:
    body: Any = completed({"email": "ada@example.org", "imap": {"host": "h.example.org", "useAuthServer": True}})
    assert "auth" not in body["imap"]


def test_a_server_that_was_not_found_is_false() -> None:
    body: Any = completed({"email": "ada@example.org", "password": "p"}, {"imap": FOUND["imap"], "smtp": False})
    assert "smtp" not in body or body["smtp"] is False


def test_dotted_names_become_objects() -> None:
    draft: Any = with_value(with_value({}, "imap.auth.user", "ada"), "imap.host", "h")
    assert draft == {"imap": {"auth": {"user": "ada"}, "host": "h"}}
    assert with_value({}, "metadata.a.b", "1") == {"metadata": {"a.b": "1"}}


def test_problems_name_the_field_and_never_the_value() -> None:
    wrong = {"account": "a", "name": "a", "imap": {"host": "h", "port": "hidden"}, "hsot": 1}
    assert problems(wrong) == [
        '"imap.port" must be a number',
        '"hsot" is not allowed: did you mean `imap.host` or `smtp.host`?',
    ]


def test_every_field_of_a_registration_is_known_by_its_name() -> None:
    names = set(field_names())
    assert {
        "account",
        "email",
        "imap.auth.pass",
        "smtp.tls.minVersion",
        "oauth2.auth.user",
        "path",
        "metadata.",
    } <= names
    leaves = TypeAdapter(NewAccount).json_schema()["properties"]
    assert {name.partition(".")[0] for name in names} >= set(leaves)


def test_secrets_of_a_draft_are_found() -> None:
    draft = {"password": "one", "imap": {"auth": {"pass": "two", "user": "ada"}}, "oauth2": {"refreshToken": "three"}}
    assert set(secrets_in(draft)) == {"one", "two", "three"}
