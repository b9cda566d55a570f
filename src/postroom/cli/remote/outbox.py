"""`postroom outbox`: messages that were submitted, and the decision about one whose outcome is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.text import Text

from postroom.cli.remote.arguments import Limit, SomeAccount
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.output.tables import Cell, Column
from postroom.cli.remote.output.terminal import plain

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.outbox import OutboxItem

__all__ = ["message_fields", "message_state", "outbox"]

outbox = typer.Typer(help="Messages that were submitted.", no_args_is_help=True)

_STYLE: Final = {"sent": "green", "failed": "bold red", "unknown": "bold yellow", "cancelled": "dim"}
_STATES: Final = ("queued", "sending", "sent", "failed", "unknown", "cancelled")


@outbox.command("list")
@remote
def list_(
    call: Remote,
    account: SomeAccount = None,
    state: Annotated[
        str | None,
        typer.Option(
            help="Only in this state, such as unknown.",
            autocompletion=lambda incomplete: [name for name in _STATES if name.startswith(incomplete)],
            show_default=False,
        ),
    ] = None,
    recipient: Annotated[str | None, typer.Option(help="Only to this address.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option(help="Only submitted since this time (ISO 8601).", show_default=False)
    ] = None,
    limit: Limit = None,
) -> None:
    """List submitted messages, the newest first."""
    size = min(limit or 1000, 1000)
    found = call.client.outbox.list(account=account, state=state, recipient=recipient, since=since, page_size=size)
    columns: list[Column[OutboxItem]] = [
        Column("queue id", lambda item: item["queueId"]),
        Column("state", lambda item: message_state(item["state"])),
        Column("submitted", lambda item: item["created"]),
        Column("account", lambda item: item["account"]),
        Column("to", _recipients),
        Column("subject", lambda item: item["subject"]),
        Column("why", _reason),
    ]
    call.printer.rows(columns, islice(found, limit), none="There are no such messages.")


@outbox.command("resolve")
@remote
def resolve(
    call: Remote,
    queue_id: Annotated[str, typer.Argument(help="The message.", metavar="QUEUE_ID", show_default=False)],
    outcome: Annotated[
        Literal["sent", "retry"],
        typer.Option("--as", help="sent: its recipients have it; retry: they do not, send it.", show_default=False),
    ],
) -> None:
    """Decide about a message of which it is not known whether it was sent. Look with its recipients first."""
    item = call.client.outbox.resolve(queue_id, outcome)
    call.printer.item(item, message_fields(item))


def message_state(state: str) -> Text:
    """Return the state of a message in its colour."""
    return plain(state, _STYLE.get(state, ""))


def message_fields(item: OutboxItem) -> Iterator[tuple[str, Cell]]:
    """Yield what there is to know of a submitted message."""
    yield "queue id", item["queueId"]
    yield "state", message_state(item["state"])
    yield "subject", item["subject"]
    yield "next attempt", item["nextAttempt"] or None
    yield "attempts", f"{item['attemptsMade']} of {item['attempts']}"
    yield "why", _reason(item)
    for recipient in item["recipients"]:
        answer = " ".join(str(recipient[name]) for name in ("code", "response", "advice") if recipient[name])
        yield recipient["address"], f"{recipient['state']} {answer}".rstrip()


def _recipients(item: OutboxItem) -> str:
    first, *others = item["envelope"]["to"] or [""]
    return f"{first} and {len(others)} more" if others else first


def _reason(item: OutboxItem) -> str:
    error, held = item["progress"]["error"], item["held"]
    return error["message"] if error else held["reason"] if held else ""
