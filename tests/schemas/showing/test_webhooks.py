"""What is shown of endpoints and deliveries."""

from __future__ import annotations

from postroom.schemas.showing.webhooks import delivery, endpoint
from postroom.webhooks.model import TargetKind
from postroom.webhooks.views import DeliveryView, EndpointView


def test_a_target_of_the_settings_has_no_settings_of_its_own() -> None:
    shown = endpoint(EndpointView("global", TargetKind.GLOBAL, None, True, None, None, None, 1000, None, None))
    assert (shown["id"], shown["url"], shown["created"]) == ("global", None, None)
    assert shown["failingSince"] == "1970-01-01T00:00:01.000Z"
    assert not {"secret", "customHeaders"} & shown.keys()


def test_a_delivery_that_was_never_tried() -> None:
    shown = delivery(DeliveryView(7, "global", "a", "messageNew", "pending", 0, 0, None, None, None, None, None))
    assert (shown["id"], shown["attempted"], shown["finished"], shown["eventId"]) == (7, None, None, None)
