"""Signatures, against the reference library and known values."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from postroom.webhooks.endpoints.sealed_rows import make_secret
from postroom.webhooks.endpoints.signing import derive_secret, is_secret, service_signature, standard_signature

BODY = '{"event":"messageNew","data":{"subject":"Grüße"}}'.encode()


def headers(secrets: list[str], timestamp: int, body: bytes = BODY) -> dict[str, str]:
    return {
        "webhook-id": "event-1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": standard_signature(secrets, "event-1", timestamp, body),
    }


def test_the_reference_library_accepts_it() -> None:
    secret = make_secret()
    assert Webhook(secret).verify(BODY, headers([secret], int(time.time())))["event"] == "messageNew"


def test_during_a_rotation_each_secret_verifies() -> None:
    old, new = make_secret(), make_secret()
    sent = headers([new, old], int(time.time()))
    assert sent["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, sent)


@pytest.mark.parametrize("change", ["body", "id", "timestamp"])
def test_whatever_is_changed_on_the_way_breaks_it(change: str) -> None:
    secret = make_secret()
    sent = headers([secret], int(time.time()))
    body = BODY
    if change == "body":
        body = BODY + b" "
    elif change == "id":
        sent["webhook-id"] = "event-2"
    else:
        sent["webhook-timestamp"] = str(int(sent["webhook-timestamp"]) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, sent)


def test_the_signature_of_the_service_secret_is_base64url_without_padding() -> None:
    for number in range(50):
        body = BODY + str(number).encode()
        expected = base64.urlsafe_b64encode(hmac.new(b"key", body, hashlib.sha256).digest()).decode().rstrip("=")
        assert service_signature("key", body) == expected


def test_a_derived_secret_is_one_and_follows_from_the_service_secret() -> None:
    assert is_secret(derive_secret("a"))
    assert derive_secret("a") == derive_secret("a") != derive_secret("b")


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_!!!", "whsec_" + "AAAA" * 5, "AAAA" * 8, "whsec_" + "AAAA" * 30, "whsec_é"]
)
def test_what_is_no_secret_is_told_apart(text: str) -> None:
    assert not is_secret(text)
    assert is_secret(make_secret())
