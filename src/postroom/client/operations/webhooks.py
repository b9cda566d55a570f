"""Webhook endpoints and their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from postroom.client.request import ApiRequest, QueryValue, Repeat, made, path
from postroom.client.walking import PageWalk, WholeWalk

if TYPE_CHECKING:
    from postroom.schemas.answers import webhooks
    from postroom.schemas.requests.webhooks import EndpointChange, NewEndpoint

_ENDPOINTS = "/v1/webhooks"
_ENDPOINT = "/v1/webhooks/{}"


def create(body: NewEndpoint) -> ApiRequest[webhooks.MadeEndpoint]:
    """Make an endpoint. The answer has its `secret`, which is shown only once."""
    return made("POST", _ENDPOINTS, body=body)


def listed() -> WholeWalk[webhooks.Endpoint]:
    """Go through all endpoints, those of the settings too."""
    return WholeWalk(made("GET", _ENDPOINTS), "webhooks")


def get(endpoint: str) -> ApiRequest[webhooks.EndpointDetails]:
    """Return an endpoint, with the number of its deliveries by state."""
    return made("GET", path(_ENDPOINT, endpoint))


def update(endpoint: str, body: EndpointChange) -> ApiRequest[webhooks.Endpoint]:
    """Change an endpoint; absent fields stay."""
    return made("PUT", path(_ENDPOINT, endpoint), body=body)


def delete(endpoint: str) -> ApiRequest[webhooks.RemovedEndpoint]:
    """Remove an endpoint and its deliveries."""
    return made("DELETE", path(_ENDPOINT, endpoint))


def rotate(endpoint: str, *, overlap: int | None = None, secret: str | None = None) -> ApiRequest[webhooks.Rotated]:
    """Replace the secret of an endpoint; the old one also signs for `overlap` seconds (a day)."""
    given = {"overlap": overlap, "secret": secret}
    body = {name: value for name, value in given.items() if value is not None}
    return made("POST", path(f"{_ENDPOINT}/rotate", endpoint), body=body)


def test(endpoint: str) -> ApiRequest[webhooks.Trial]:
    """Send a test event now and tell what the endpoint answered."""
    return made("POST", path(f"{_ENDPOINT}/test", endpoint), repeat=Repeat.UNRECEIVED)


def deliveries_page(
    endpoint: str,
    *,
    page: int = 0,
    page_size: int = 20,
    state: str | None = None,
    account: str | None = None,
    event: str | None = None,
) -> ApiRequest[webhooks.Deliveries]:
    """Return one page of the deliveries of an endpoint, newest first."""
    query: dict[str, QueryValue] = {
        "page": page,
        "pageSize": page_size,
        "state": state,
        "account": account,
        "event": event,
    }
    return made("GET", path(f"{_ENDPOINT}/deliveries", endpoint), query=query)


def deliveries(
    endpoint: str,
    *,
    state: str | None = None,
    account: str | None = None,
    event: str | None = None,
    page_size: int = 100,
) -> PageWalk[webhooks.Delivery]:
    """Go through the deliveries of an endpoint that match, newest first."""

    def ask(number: int, size: int) -> ApiRequest[webhooks.Deliveries]:
        return deliveries_page(endpoint, page=number, page_size=size, state=state, account=account, event=event)

    return PageWalk(ask, "deliveries", lambda found: found["id"], page_size=page_size)


def replay_delivery(endpoint: str, delivery: int) -> ApiRequest[webhooks.ReplayedDelivery]:
    """Send a delivery again that was given up."""
    return made("POST", path(f"{_ENDPOINT}/deliveries/{{}}/replay", endpoint, str(delivery)))


def replay(
    endpoint: str,
    since: datetime | str,
    *,
    account: str | None = None,
    types: Sequence[str] | None = None,
    after: int | None = None,
) -> ApiRequest[webhooks.Replayed]:
    """Send the events since a time again. If the answer is not `complete`, go on with its `after`."""
    given = {"since": since, "account": account, "types": None if types is None else list(types), "after": after}
    body = {name: value for name, value in given.items() if value is not None}
    return made("POST", path(f"{_ENDPOINT}/replay", endpoint), body=body)
