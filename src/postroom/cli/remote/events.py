"""`postroom events tail`: the events of accounts, as they happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from postroom.cli.remote.arguments import Count, EventTypes, SomeAccount
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.following import WaitForAccount, demand_account
from postroom.cli.remote.output.terminal import plain

if TYPE_CHECKING:
    from postroom.schemas.answers.events import LoggedEvent

__all__ = ["events", "line_of", "tail"]

events = typer.Typer(help="Events of accounts.", no_args_is_help=True)

# As long as the longest name, `authenticationSuccess`.
_TYPE_WIDTH: Final = 21
_FAILURES: Final = frozenset({"authenticationError", "connectError", "messageDeliveryError", "messageFailed"})


@events.callback()
def _events() -> None:
    """Keep `events` a group: without a callback, typer merges a group of one command into that command."""


@events.command("tail")
@remote
def tail(
    call: Remote,
    account: SomeAccount = None,
    wait: WaitForAccount = False,
    types: EventTypes = None,
    since: Annotated[
        int | None,
        typer.Option(help="Begin after the event with this number; 0: with the oldest. By default now.", min=0),
    ] = None,
    count: Count = None,
) -> None:
    """Print events as they happen, until Ctrl-C. Broken connections are made again, and no event is lost."""
    if not wait:
        demand_account(call, account)
    with call.client.events.stream(since=since, account=account, types=types or None) as stream:
        found: Iterable[LoggedEvent] = islice(stream, count)
        for event in found:
            if call.printer.as_json:
                call.printer.json_line(event)
            else:
                call.printer.line(line_of(event))


def line_of(event: LoggedEvent) -> Text:
    """Return a line about an event: its number, time, name, account and what is worth knowing of it."""
    name = event["event"]
    style = "red" if name in _FAILURES else "green" if name == "messageNew" else ""
    return Text.assemble(
        plain(f"{event['seq']:>6} {event['date']} "),
        plain(name.ljust(_TYPE_WIDTH), style),
        plain(f" {event['account']}  {_summary(event)}".rstrip()),
    )


def _summary(event: LoggedEvent) -> str:
    data = event["data"]
    path = event.get("path")
    told = [_sender(data.get("from")), _text(data.get("subject"))]
    if not any(told):
        told = [_text(data.get(name)) for name in ("path", "response", "error", "recipient", "state", "id")]
        told = [each for each in told if each and each != path][:2]
    return ": ".join(filter(None, [path, " ".join(filter(None, told))]))


def _sender(value: object) -> str:
    return _text(value.get("address")) if isinstance(value, Mapping) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
