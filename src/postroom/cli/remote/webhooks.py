"""`postroom webhooks`: endpoints, their deliveries as they happen, replays and test events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.arguments import AnEndpoint, Count, EventTypes, SomeAccount
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.following import WaitForAccount, demand_account
from postroom.cli.remote.output.printing import concealed
from postroom.cli.remote.output.tables import Column
from postroom.cli.remote.output.terminal import plain
from postroom.words.masking import masked_url

if TYPE_CHECKING:
    from postroom.schemas.answers.webhooks import Delivery, Endpoint

__all__ = ["DeliveryNews", "replay", "tail", "test", "webhooks"]

webhooks = typer.Typer(help="Webhook endpoints and deliveries.", no_args_is_help=True)

_STYLE: Final = {"delivered": "green", "dead": "bold red", "dropped": "dim", "pending": "yellow"}
_EVENT_WIDTH: Final = 21
_MOST: Final = 1000
"""Deliveries that are looked through for changes."""


@webhooks.command("list")
@remote
def list_(call: Remote) -> None:
    """List the endpoints. Secrets are masked."""
    columns: list[Column[Endpoint]] = [
        Column("id", lambda item: item["id"]),
        Column("url", lambda item: masked_url(item["url"] or "")),
        Column("state", _state),
        Column("last error", lambda item: (item["lastError"] or {"message": ""})["message"]),
        Column("description", lambda item: item.get("description")),
    ]
    found = call.client.webhooks.list()
    if call.printer.as_json:
        for endpoint in found:
            call.printer.mapping(concealed(endpoint))
    else:
        call.printer.rows(columns, found, none="There are no webhook endpoints.")


@webhooks.command("tail")
@remote
def tail(
    call: Remote,
    endpoint: AnEndpoint,
    account: SomeAccount = None,
    wait: WaitForAccount = False,
    event: Annotated[str | None, typer.Option(help="Only events of this type.", show_default=False)] = None,
    last: Annotated[int, typer.Option(min=0, max=_MOST, help="Begin with so many of the last deliveries.")] = 10,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    count: Count = None,
) -> None:
    """Print deliveries to an endpoint and what becomes of them, until Ctrl-C."""
    if not wait:
        demand_account(call, account)
    following = DeliveryNews(last)

    def changed() -> Iterator[Delivery]:
        while True:
            found = call.client.webhooks.deliveries(endpoint, account=account, event=event)
            yield from following.take(found)
            time.sleep(every)

    for delivery in islice(changed(), count):
        if call.printer.as_json:
            call.printer.json_line(delivery)
        else:
            call.printer.line(_line(delivery))


@webhooks.command("replay")
@remote
def replay(
    call: Remote,
    endpoint: AnEndpoint,
    delivery: Annotated[int | None, typer.Argument(help="One delivery.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option(help="All events since this time (ISO 8601).", show_default=False)
    ] = None,
    account: SomeAccount = None,
    types: EventTypes = None,
) -> None:
    """Send one delivery again, or all events since a time."""
    if (delivery is None) == (since is None):
        raise typer.BadParameter("give either the number of a delivery or --since")
    if delivery is not None:
        answer = call.client.webhooks.replay_delivery(endpoint, delivery)
        call.printer.item(answer, [("queued", "yes" if answer["queued"] else "no")])
        return
    assert since is not None
    queued, after = 0, None
    while True:
        part = call.client.webhooks.replay(endpoint, since, account=account, types=types or None, after=after)
        queued += part["queued"]
        if part["complete"]:
            break
        if part["after"] == after:
            raise CommandLineError(
                f"{queued} events are queued, and then the database failed. Try again later.", ExitStatus.PARTLY
            )
        after = part["after"]
    call.printer.item({**part, "queued": queued}, [("events queued", queued)])


@webhooks.command("test")
@remote
def test(call: Remote, endpoint: AnEndpoint) -> None:
    """Send a test event to an endpoint, and show its answer. Exit 1 when it was not accepted."""
    trial = call.client.webhooks.test(endpoint)
    fields = [("answer", trial["status"]), ("code", trial["code"]), ("", trial["message"])]
    call.printer.item(trial, fields)
    if not trial["success"]:
        raise typer.Exit(ExitStatus.FAILED)


class DeliveryNews:
    """Knows which deliveries were told in which state. At first, the `last` ones are told."""

    def __init__(self, last: int) -> None:
        self._last: int | None = last
        self._newest = 0
        self._open: set[int] = set()
        self._told: dict[int, tuple[str, int]] = {}

    def take(self, newest_first: Iterator[Delivery]) -> list[Delivery]:
        """Return the deliveries that are new or have changed, the oldest first."""
        if self._last is None:
            found = self._changed(newest_first)
        else:
            first = list(islice(newest_first, max(self._last, 1)))
            self._newest = max((delivery["id"] for delivery in first), default=0)
            found = first[: self._last]
            self._last = None
        for delivery in found:
            self._remember(delivery)
        return found[::-1]

    def _changed(self, newest_first: Iterator[Delivery]) -> list[Delivery]:
        oldest = min(self._open, default=self._newest)
        near = takewhile(lambda delivery: delivery["id"] >= oldest, islice(newest_first, _MOST))
        return [delivery for delivery in near if self._is_news(delivery)]

    def _is_news(self, delivery: Delivery) -> bool:
        number = delivery["id"]
        return number > self._newest or (number in self._open and self._told.get(number) != _stage(delivery))

    def _remember(self, delivery: Delivery) -> None:
        number = delivery["id"]
        if delivery["state"] == "pending":
            self._open.add(number)
            self._told[number] = _stage(delivery)
        else:
            self._open.discard(number)
            self._told.pop(number, None)
        self._newest = max(self._newest, number)


def _stage(delivery: Delivery) -> tuple[str, int]:
    return delivery["state"], delivery["attempts"]


def _state(endpoint: Endpoint) -> Text:
    if not endpoint["enabled"]:
        return plain("off", "dim")
    if endpoint["failingSince"]:
        return plain(f"failing since {endpoint['failingSince']}", "bold red")
    return plain("on", "green")


def _line(delivery: Delivery) -> Text:
    when = delivery["attempted"] or delivery["created"]
    answer = " ".join(str(each) for each in (delivery["status"], delivery["error"]) if each)
    return Text.assemble(
        plain(f"{delivery['id']:>6} {when} "),
        plain(delivery["state"].ljust(10), _STYLE.get(delivery["state"], "")),
        plain(f" {delivery['event'].ljust(_EVENT_WIDTH)} {delivery['account']}  {answer}".rstrip()),
    )
