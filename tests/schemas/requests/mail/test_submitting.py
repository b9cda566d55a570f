"""Requests to send: what is refused by name, what counts as not given, and the wishes about the envelope."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.submitting import WHY_NOT, DraftSubmission, NewSubmission

NEW: TypeAdapter[Any] = TypeAdapter(NewSubmission)
DRAFT: TypeAdapter[Any] = TypeAdapter(DraftSubmission)


def taken(**fields: Any) -> Any:
    return NEW.validate_python(fields)


def refused(**fields: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        taken(**fields)
    return {".".join(map(str, each["loc"])): each["msg"] for each in caught.value.errors()}


@pytest.mark.parametrize("name", WHY_NOT)
@pytest.mark.parametrize("empty", [None, "", False, [], {}, "false"], ids=repr)
def test_what_is_not_offered_may_be_sent_empty(name: str, empty: Any) -> None:
    assert taken(**{name: empty}) == {name: None}


@pytest.mark.parametrize("name", WHY_NOT)
@pytest.mark.parametrize("value", [True, "x", [{"to": "a@b.example"}], {"format": "html"}, 1], ids=repr)
def test_what_is_not_offered_is_refused_with_the_reason(name: str, value: Any) -> None:
    (words,) = refused(**{name: value}).values()
    assert WHY_NOT[name] in words


def test_every_refused_field_is_named_at_once() -> None:
    assert set(refused(template="t", trackOpens=True, gateway="g", sendAt="soon")) == {
        "template",
        "trackOpens",
        "gateway",
        "sendAt",
    }


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("ada@example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("<>", "<>"),
        ("", None),
        (None, None),
    ],
)
def test_the_sender_of_the_envelope_may_be_nobody(sent: Any, meant: str | None) -> None:
    assert taken(envelope={"from": sent})["envelope"] == {"from": meant}


def test_the_recipients_of_the_envelope_are_addresses_alone() -> None:
    assert taken(envelope={"to": "ada@example.com"})["envelope"] == {"to": ["ada@example.com"]}
    assert taken(envelope={"to": None})["envelope"] == {"to": []}
    assert set(refused(envelope={"from": "Ada <ada@example.com>", "to": ["x", "ada@example.com", "y"]})) == {
        "envelope.from",
        "envelope.to.0",
        "envelope.to.2",
    }


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({"notify": "never", "return": "headers", "id": ""}, {"notify": ["never"], "return": "headers", "id": None}),
        ({"notify": ["failure", "delay", "failure"]}, {"notify": ["failure", "delay"]}),
        ({"return": None, "notify": None}, {"return": None, "notify": []}),
    ],
)
def test_reports_are_asked_for(sent: Any, meant: Any) -> None:
    assert taken(dsn=sent)["dsn"] == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("notify", ["never", "failure"]),
        ("notify", ["always"]),
        ("id", "x\r\ny"),
        ("id", "x" * 101),
        ("return", "all"),
        ("recipient", "nobody"),
    ],
)
def test_reports_that_nobody_can_send_are_refused(name: str, value: Any) -> None:
    assert all(key.startswith(f"dsn.{name}") for key in refused(dsn={name: value}))


@pytest.mark.parametrize(("value", "fits"), [(1, True), ("7", True), (100, True), (0, False), (101, False)])
def test_attempts_are_a_number(value: Any, fits: bool) -> None:
    if fits:
        assert taken(deliveryAttempts=value)["deliveryAttempts"] == int(value)
    else:
        refused(deliveryAttempts=value)
    assert refused(deliveryAttempts=True)


def test_a_local_address_is_an_address() -> None:
    assert taken(localAddress="2001:DB8::1")["localAddress"] == "2001:db8::1"
    assert refused(localAddress="eth0")


def test_a_draft_takes_no_fields_of_a_message() -> None:
    assert DRAFT.validate_python({"copy": "false", "gateway": ""}) == {"copy": False, "gateway": None}
    with pytest.raises(ValidationError, match="Extra inputs"):
        DRAFT.validate_python({"subject": "x"})
