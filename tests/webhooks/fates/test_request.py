"""A request as it is shown: complete, and without the secrets of operators."""

from __future__ import annotations

import orjson

from postroom.configuration.keys import Header, Snapshot
from postroom.webhooks.endpoints.sealed_rows import make_secret
from postroom.webhooks.endpoints.targets import Own, Target, endpoint_target, outgoing, resolve
from postroom.webhooks.fates import request as module
from postroom.webhooks.fates.request import body_shown, request_shown
from postroom.webhooks.model import Delivery, SigningKey, WebhookEndpoint
from postroom.words.masking import MASK

AT = 1_800_000_012_345
DELIVERY = Delivery(1, "global", 2, 3, 4, "anna", "messageNew", 9, 0, 0, AT - 5000, None, "id", '{"a":"<b>"}')
HEADERS = (Header("X-EE-Wh-Signature", "theirs"), Header("Authorization", "Bearer hidden"))


def shown(target: object) -> dict[str, str]:
    assert isinstance(target, Target)
    return dict(request_shown(target, DELIVERY, AT).headers)


def test_what_postroom_signs_is_shown_and_what_an_operator_set_is_not() -> None:
    keys = (SigningKey(make_secret()),)
    made = WebhookEndpoint("wh", "https://ann:pw@x.example/?key=1", custom_headers=HEADERS, keys=keys)
    target = endpoint_target(made, Snapshot(service_secret="s"), AT)
    headers = shown(target)
    assert isinstance(target, Target)
    sent = outgoing(target, DELIVERY, AT).headers
    assert headers["webhook-signature"] == sent["webhook-signature"]
    assert headers["webhook-id"] == "id"
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == headers["X-EE-Wh-Signature"] == MASK
    assert headers.keys() == sent.keys()


def test_the_headers_of_the_targets_in_the_settings() -> None:
    settings = Snapshot(service_secret="s", webhooks="https://x.example", webhooks_custom_headers=(HEADERS[1],))
    headers = shown(resolve(DELIVERY, settings, {}, Own(None), AT))
    assert headers["X-EE-Wh-Queued-Time"] == "5s"
    assert headers["X-EE-Wh-Signature"] not in ("", MASK)
    assert headers["Authorization"] == MASK


def test_a_body_is_readable_and_bounded() -> None:
    body = body_shown(b'{"a":{"b":1}}')
    assert (body.text, body.size, body.is_whole) == ('{\n  "a": {\n    "b": 1\n  }\n}', 13, True)
    large = body_shown(orjson.dumps({"text": "x" * 200_000}))
    assert len(large.text) == module._LONGEST
    assert (large.size, large.is_whole) == (200_011, False)
