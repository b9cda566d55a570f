"""The form of an endpoint: from texts to the body of the API, and back, without the secrets."""

from __future__ import annotations

from postroom.configuration.keys import Header
from postroom.schemas.checking.problems import FaultyField
from postroom.web.dashboard.webhooks.endpoint_form import EndpointForm, body_of, by_field, form_of, form_sent
from postroom.webhooks.model import WebhookEndpoint
from postroom.words.masking import MASK

KNOWN = WebhookEndpoint(
    "wh_1",
    "https://ann:password@x.example/",
    events=("messageNew",),
    accounts=("a", "b"),
    metadata={"tier": "gold=1"},
    custom_headers=(Header("X-Key", "hidden"), Header("X-Other", "hidden too")),
    description="Orders",
)


def test_what_is_stored_is_shown_without_secrets_and_read_back_as_it_was() -> None:
    form = form_of(KNOWN)
    assert form.headers == f"X-Key: {MASK}\nX-Other: {MASK}"
    assert "password" not in form.url
    assert form.shown() == form
    assert body_of(form, KNOWN, []) == {
        "description": "Orders",
        "events": ["messageNew"],
        "accounts": ["a", "b"],
        "metadata": {"tier": "gold=1"},
    }


def test_a_header_keeps_its_value_while_another_changes() -> None:
    form = EndpointForm(headers=f"X-Key: {MASK}\nX-New: one: two\nX-None: {MASK}")
    body = body_of(form, KNOWN, [])
    assert body["customHeaders"] == [
        {"key": "X-Key", "value": "hidden"},
        {"key": "X-New", "value": "one: two"},
        {"key": "X-None", "value": MASK},
    ]
    assert body["url"] == ""


def test_secrets_that_were_typed_are_not_shown_again() -> None:
    shown = EndpointForm(url="https://a:b@x.example", headers=f"X-Key: typed\nX-Kept: {MASK}").shown()
    assert shown.headers == f"X-Key:\nX-Kept: {MASK}"
    assert ":b@" not in shown.url


def test_lines_that_are_no_pairs_are_named() -> None:
    problems: list[FaultyField] = []
    form = form_sent({"metadata": "tier", "customHeaders": "nonsense here\nX-Key: 1"}, {"events": ("messageNew",)})
    assert form.events == ("messageNew",)
    body_of(form, None, problems)
    assert by_field(problems) == {"metadata": "“tier” has no “=”", "customHeaders": "“nonsense” has no “:”"}


def test_problems_stand_at_their_fields() -> None:
    found = by_field([FaultyField("accounts.2", "one"), FaultyField("accounts.3", "two"), FaultyField("url", "three")])
    assert found == {"accounts": "one. two", "url": "three"}
