"""What a token allows, decided without a database."""

from __future__ import annotations

import hashlib

import pytest

from postroom.access.tokens import AccessDenied, Needs, Token, check, fits, is_within, token_id

READ = Needs("api", "account", "read")
ADMIN = Needs("api", "admin", "write")


def token(**values: object) -> Token:
    return Token(**{"id": "x", "description": "d", "scopes": ("api",), "created_at": 0, **values})  # type: ignore[arg-type]


def denial(subject: Token, needs: Needs, account: str | None = None, address: str | None = "192.0.2.1") -> AccessDenied:
    with pytest.raises(AccessDenied) as caught:
        check(subject, needs, account, address)
    return caught.value


def test_a_token_is_64_hex_digits_and_its_id_the_hash_of_the_bytes() -> None:
    secret = "0f" * 16 + "a1" * 16
    assert len(secret) == 64
    assert token_id(secret) == hashlib.sha256(bytes.fromhex(secret)).hexdigest()
    assert token_id(secret.upper()) == token_id(secret)


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "é" * 64])
def test_what_cannot_be_a_token_has_no_id(text: str) -> None:
    assert token_id(text) is None


def test_scope() -> None:
    check(token(scopes=("*",)), READ, None, None)
    check(token(scopes=("api",)), READ, None, None)
    refusal = denial(token(scopes=("metrics",)), READ)
    assert (refusal.message, refusal.details) == ("Unauthorized scope", {"requestedScope": "api"})


def test_a_bound_token_reaches_its_own_account_only() -> None:
    bound = token(account="a")
    check(bound, READ, "a", None)
    assert denial(bound, READ, "b").message == "Unauthorized account"
    assert denial(bound, READ, None).message == "Unauthorized account"


@pytest.mark.parametrize(
    ("pattern", "text", "does_fit"),
    [
        ("*", "", True),
        ("*", "https://a.example/", True),
        ("https://a.example/*", "https://a.example/", True),
        ("https://a.example/*", "https://a.example", False),
        ("https://a.example/", "https://a.example/x", False),
        ("https://*.a.example/*/x", "https://b.a.example/y/x", True),
        ("https://*.a.example/*/x", "https://b.a.example/x", False),
        ("a*a", "a", False),
        ("a*b*c", "abcbc", True),
        ("a*bc*c", "abc", False),
        ("a**c", "abc", True),
        ("a?c", "abc", False),
        ("A*", "abc", False),
        ("*".join("a" * 60) + "b", "a" * 5000, False),
    ],
)
def test_patterns(pattern: str, text: str, does_fit: bool) -> None:
    assert fits(text, pattern) == does_fit


def test_referrers() -> None:
    page = token(referrers=("https://a.example/*", "https://b.example/"))
    for referrer in ("https://a.example/x", "https://b.example/"):
        check(page, READ, None, None, referrer)
    for wrong in ("https://b.example/x", "", None):
        with pytest.raises(AccessDenied) as caught:
            check(page, READ, None, None, wrong)
        assert (caught.value.message, caught.value.details) == ("Unauthorized referrer", {})


def test_an_address_is_looked_at_before_a_referrer() -> None:
    both = token(referrers=("https://a.example/*",), addresses=("192.0.2.1",))
    with pytest.raises(AccessDenied, match="Unauthorized address"):
        check(both, READ, None, "192.0.2.2", "https://x.example/")


def test_addresses() -> None:
    home = token(addresses=("192.0.2.0/24", "2001:db8::1"))
    check(home, READ, None, "192.0.2.77")
    check(home, READ, None, "::ffff:192.0.2.77")
    check(home, READ, None, "2001:db8::1")
    refusal = denial(home, READ, address="198.51.100.1")
    assert (refusal.message, refusal.details) == ("Unauthorized address", {"remoteAddress": "198.51.100.1"})
    assert denial(home, READ, address=None).message == "Unauthorized address"
    assert not is_within("not an address", ("0.0.0.0/0",))


def test_a_narrowed_token_has_what_it_was_given_and_never_admin() -> None:
    narrow = token(permissions={"actions": ["read"], "groups": ["account"]})
    check(narrow, READ, None, None)
    refusal = denial(narrow, Needs("api", "account", "write"))
    assert refusal.details == {"requiredPermission": {"action": "write", "group": "account"}}
    assert denial(token(permissions={}), ADMIN).message == "Unauthorized permission"
    check(token(), ADMIN, None, None)
