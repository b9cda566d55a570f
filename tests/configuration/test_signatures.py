"""What the service secret signs: each kind has a form of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from postroom.configuration.signatures import SignatureKind, digest, holds, signature

SECRET = "the service secret"
MESSAGES = {
    SignatureKind.LINK: b"eyJyZWRpcmVjdFVybCI6Imh0dHBzOi8vYSJ9",
    SignatureKind.FORM: b"form\n" + b"a" * 64 + b"\n" + b"c" * 43,
    SignatureKind.WEBHOOK: b'{"serviceUrl":null,"event":"messageNew"}',
    SignatureKind.WEBHOOK_SECRET: b"postroom standard webhooks v1",
}


def test_every_kind_is_here() -> None:
    assert set(MESSAGES) == set(SignatureKind)


@pytest.mark.parametrize("kind", SignatureKind)
def test_no_message_is_of_two_kinds(kind: SignatureKind) -> None:
    for other, message in MESSAGES.items():
        sent = signature(other, message, SECRET)
        assert holds(kind, message, sent, SECRET) is (kind is other)
        if kind is not other:
            with pytest.raises(ValueError, match=kind.name):
                digest(kind, message, SECRET)


def test_it_is_the_hmac_in_base64url_without_padding() -> None:
    for kind, message in MESSAGES.items():
        expected = hmac.new(SECRET.encode(), message, hashlib.sha256).digest()
        assert digest(kind, message, SECRET) == expected
        assert signature(kind, message, SECRET) == base64.urlsafe_b64encode(expected).decode().rstrip("=")


@pytest.mark.parametrize("sent", ["", "A" * 43, "é\ud800", "x" * 10_000])
def test_another_signature_does_not_hold(sent: str) -> None:
    assert not holds(SignatureKind.LINK, MESSAGES[SignatureKind.LINK], sent, SECRET)
    assert not holds(
        SignatureKind.LINK,
        MESSAGES[SignatureKind.LINK],
        signature(SignatureKind.LINK, MESSAGES[SignatureKind.LINK], "another"),
        SECRET,
    )
