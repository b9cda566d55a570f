"""Whether a webhook comes from our Postroom. What is checked is what Postroom itself signs."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from postroom.client.asynchronous import AsyncPostroom
from postroom.client.blocking import Postroom
from postroom.client.webhooks import InvalidSignature, verify
from postroom.webhooks.endpoints.signing import derive_secret, service_signature, standard_signature

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two octets!!!").decode()
OTHER = "whsec_" + base64.b64encode(b"one more of thirty-two octets!!!").decode()
SERVICE = "the service secret"
NOW = 1_770_000_000
EVENT = {
    "serviceUrl": None,
    "account": "ada",
    "date": "2026-02-02T02:40:00.000Z",
    "event": "messageNew",
    "data": {"subject": "Grüße"},
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def signed(*secrets: str, at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    return {
        "webhook-id": "evt-1",
        "webhook-timestamp": str(at),
        "webhook-signature": standard_signature(secrets, "evt-1", at, body),
    }


def legacy(body: bytes = BODY) -> dict[str, str]:
    return {"X-EE-Wh-Signature": service_signature(SERVICE, body), "X-EE-Wh-Event-Id": "evt-1"}


def test_the_event_of_a_signed_request_is_returned_with_its_id() -> None:
    assert verify(signed(SECRET), BODY, SECRET, now=NOW) == {**EVENT, "id": "evt-1"}
    assert verify(signed(SECRET), BODY.decode(), SECRET, now=NOW)["account"] == "ada"


def test_what_the_library_of_the_standard_signs_is_accepted() -> None:
    moment = datetime.now(UTC)
    signature = Webhook(SECRET).sign("evt-1", moment, BODY.decode())
    headers = {"webhook-id": "evt-1", "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}
    assert verify(headers, BODY, SECRET)["id"] == "evt-1"


@pytest.mark.parametrize("change", [str.upper, str.title, str.lower])
def test_names_of_headers_are_those_of_any_framework(change: Any) -> None:
    headers = {change(name): value for name, value in signed(SECRET).items()}
    assert verify({**headers, "host": "x"}, BODY, SECRET, now=NOW)["id"] == "evt-1"


def test_while_a_secret_is_replaced_both_are_accepted() -> None:
    for headers in (signed(OTHER, SECRET), signed(SECRET, OTHER)):
        assert verify(headers, BODY, SECRET, now=NOW)
        assert verify(headers, BODY, OTHER, now=NOW)
    assert verify(signed(OTHER), BODY, [SECRET, OTHER], now=NOW)


def test_webhooks_of_the_settings_are_checked_with_the_service_secret() -> None:
    both = {**signed(derive_secret(SERVICE)), **legacy()}
    assert verify(both, BODY, SERVICE, now=NOW)["id"] == "evt-1"
    with pytest.raises(InvalidSignature, match="wrong"):
        verify(both, BODY, "another service secret", now=NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": standard_signature([OTHER], "evt-1", NOW, BODY)},
        {"webhook-signature": "v1,"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,ü\udc80"},
        {"webhook-signature": "v2," + standard_signature([SECRET], "evt-1", NOW, BODY).removeprefix("v1,")},
        {"webhook-signature": standard_signature([SECRET], "evt-1", NOW, BODY).swapcase()},
        {"webhook-id": "evt-2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": "١"},
        {"Webhook-Id": "evt-2"},
    ],
)
def test_what_was_changed_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        verify({**signed(SECRET), **headers}, BODY, SECRET, now=NOW)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="wrong"):
        verify(signed(SECRET), BODY.replace(b"ada", b"bob"), SECRET, now=NOW)


@pytest.mark.parametrize(("late", "is_fine"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_a_request_may_be_a_little_late(late: int, is_fine: bool) -> None:
    if is_fine:
        assert verify(signed(SECRET), BODY, SECRET, now=NOW + late)
    else:
        with pytest.raises(InvalidSignature, match="300 s"):
            verify(signed(SECRET), BODY, SECRET, now=NOW + late)
    assert verify(signed(SECRET), BODY, SECRET, now=NOW + late, tolerance=400)


def test_without_a_signature_nothing_is_accepted() -> None:
    with pytest.raises(InvalidSignature, match="no signature"):
        verify({}, BODY, SECRET)


def test_a_signature_without_a_time_is_taken_only_on_demand() -> None:
    # Otherwise whoever saw a request once could take its other headers off, and send it again for ever.
    with pytest.raises(InvalidSignature, match="legacy=True"):
        verify(legacy(), BODY, SERVICE)
    assert verify(legacy(), BODY, SERVICE, legacy=True) == {**EVENT, "id": "evt-1"}
    with pytest.raises(InvalidSignature, match="wrong"):
        verify(legacy(), BODY.replace(b"ada", b"bob"), SERVICE, legacy=True)
    with pytest.raises(InvalidSignature, match="wrong"):
        verify(legacy(), BODY, SECRET, legacy=True)
    with pytest.raises(InvalidSignature, match="JSON"):
        verify(legacy(), b"[1]", SERVICE, legacy=True)


def test_a_wrong_time_is_not_rescued_by_the_signature_without_one() -> None:
    with pytest.raises(InvalidSignature, match="300 s"):
        verify({**signed(derive_secret(SERVICE), at=NOW - 9999), **legacy()}, BODY, SERVICE, legacy=True, now=NOW)


def test_a_body_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="JSON"):
        verify(signed(SECRET, body=b"[1]"), b"[1]", SECRET, now=NOW)


@pytest.mark.parametrize("secret", ["", [], [""]])
def test_an_empty_secret_is_a_mistake_and_no_permission(secret: Any) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify(signed(derive_secret("")), BODY, secret, now=NOW)


def test_each_pair_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    verify(signed(SECRET, OTHER), BODY, [SECRET, OTHER], now=NOW)
    # All four pairs, although the first is right.
    assert len(compared) == 4


def test_many_signatures_cost_little() -> None:
    headers = signed(SECRET)
    headers["webhook-signature"] = "v1,AAAA " * 1_000_000 + headers["webhook-signature"]
    with pytest.raises(InvalidSignature):
        verify(headers, BODY, SECRET, now=NOW)


def test_both_clients_have_it() -> None:
    for client in (Postroom, AsyncPostroom):
        assert client.verify_webhook(signed(SECRET), BODY, SECRET, now=NOW)["id"] == "evt-1"
