"""What waits for a consent: kept and read again, and made into a registration."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.oauth2.model import GrantedTokens, Identity
from postroom.onboarding.consent.asked import Asked, Visit, read

OAUTH2 = {"provider": "gmail", "authorize": True, "redirectUrl": "https://app.example.com/"}
VISIT = Visit("digest", "verifier", "nonce")


def body(**more: Any) -> dict[str, Any]:
    return {"oauth2": OAUTH2, "imap": False, **more}


@pytest.mark.parametrize("visit", [None, VISIT])
def test_what_was_written_is_read_again(visit: Visit | None) -> None:
    asked = Asked("a", body(name="N"), "link", "jo@example.com", visit, "ann@example.com")
    assert read(asked.written()) == asked


def test_the_person_who_must_sign_in_is_not_stored_with_the_account() -> None:
    asked = Asked("a", body(), person="ann@example.com")
    assert asked.expected_email == "ann@example.com"
    registered = asked.registration(Identity("ann@example.com"), GrantedTokens("t", 0, 1))
    assert "expectedEmail" not in registered
    assert Asked("a", body(expectedEmail="jo@example.com"), person="ann@example.com").expected_email == "jo@example.com"


def test_what_was_kept_by_an_older_version_is_read() -> None:
    kept = {"account": None, "body": body(), "browser": "digest", "verifier": "verifier", "nonce": "nonce"}
    assert read(orjson.dumps(kept).decode()) == Asked(None, body(), visit=VISIT)


def test_a_visit_prints_none_of_its_secrets() -> None:
    shown = repr(Asked("a", body(email="hidden"), visit=VISIT))
    assert not any(secret in shown for secret in ("digest", "verifier='", "nonce='", "hidden"))


@pytest.mark.parametrize(
    ("asked", "user"),
    [
        (Asked(None, body(email="team@example.com"), hint="hint@example.com"), "hint@example.com"),
        (Asked(None, body(email="team@example.com")), "team@example.com"),
        (Asked(None, body(email="team@example.com", expectedEmail="jo@example.com")), "jo@example.com"),
        (
            Asked(None, body(oauth2={**OAUTH2, "auth": {"user": "u@example.com"}}, email="e@example.com")),
            "u@example.com",
        ),
        (Asked(None, body(oauth2={**OAUTH2, "auth": {"delegatedUser": "team"}}, email="team@example.com")), None),
    ],
)
def test_who_is_expected_to_sign_in(asked: Asked, user: str | None) -> None:
    assert asked.known_user == user


def test_a_redirection_that_is_null_is_no_part_of_the_registration() -> None:
    asked = Asked(None, body(oauth2={**OAUTH2, "redirectUrl": None}))
    made = asked.registration(Identity("jo@example.com"), GrantedTokens("access", 0, 1))
    assert not {"authorize", "redirectUrl"} & made["oauth2"].keys()


def test_who_consented_and_the_tokens_become_the_registration() -> None:
    tokens, identity = GrantedTokens("access", 0, 3_600_000, "refresh"), Identity("jo@example.com", "Jo")
    made = Asked("a", body(tz="Europe/Tallinn")).registration(identity, tokens)
    assert made == {
        "name": "Jo",
        "email": "jo@example.com",
        "imap": False,
        "tz": "Europe/Tallinn",
        "oauth2": {
            "provider": "gmail",
            "auth": {"user": "jo@example.com"},
            "accessToken": "access",
            "refreshToken": "refresh",
            "expires": "1970-01-01T01:00:00.000Z",
            "generated": "1970-01-01T00:00:00.000Z",
        },
    }
    shared = body(name="Team", email="team@example.com", oauth2={**OAUTH2, "auth": {"delegatedUser": "team"}})
    made = Asked("a", shared).registration(identity, tokens)
    assert (made["name"], made["email"]) == ("Team", "team@example.com")
    assert made["oauth2"]["auth"] == {"user": "jo@example.com", "delegatedUser": "team"}
