"""`postroom account list` and `show`: which accounts there are, and everything about one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from postroom.accounts.known.sync_words import progress_in_words
from postroom.accounts.lifecycle import Health, State
from postroom.cli.remote.arguments import AnAccount, HealthName, Limit, StateName, pairs
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.output.printing import concealed
from postroom.cli.remote.output.tables import Cell, Column
from postroom.cli.remote.output.terminal import plain

if TYPE_CHECKING:
    from postroom.schemas.answers.accounts import Account, ListedAccount
    from postroom.schemas.told import LastError

__all__ = ["list_", "print_account", "show", "state_cell"]

_STYLE: Final[Mapping[str, str]] = {
    State.CONNECTED: "green",
    State.AUTHENTICATION_ERROR: "bold red",
    State.CONNECT_ERROR: "red",
    State.INIT: "yellow",
    State.CONNECTING: "yellow",
    State.SYNCING: "yellow",
}
_HEALTH_STYLE: Final[Mapping[str, str]] = {
    Health.HEALTHY: "green",
    Health.RECOVERING: "yellow",
    Health.FAILING: "bold red",
}
_LONGEST_REASON: Final = 60


@remote
def list_(
    call: Remote,
    state: StateName = None,
    health: HealthName = None,
    provider: Annotated[
        str | None,
        typer.Option(
            help="Only with this mail server's host, or of the OAuth2 application with this id.", show_default=False
        ),
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="Only with this text in id, name or address.", show_default=False)
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(help="Only with this pair: NAME=VALUE; may be repeated.", show_default=False)
    ] = None,
    limit: Limit = None,
) -> None:
    """List accounts with their states, in the order of their ids."""
    size = min(limit or 1000, 1000)
    found = call.client.accounts.list(
        state=state, health=health, provider=provider, query=query, metadata=pairs(metadata), page_size=size
    )
    columns: list[Column[ListedAccount]] = [
        Column("account", lambda item: item["account"]),
        Column("state", lambda item: state_cell(item["state"])),
        Column("type", lambda item: item["type"]),
        Column("email", lambda item: item["email"]),
        Column("why", _reason),
    ]
    call.printer.rows(columns, islice(found, limit), none="There are no such accounts.")


@remote
def show(
    call: Remote,
    account: AnAccount,
    quota: Annotated[bool, typer.Option("--quota", help="Ask the mail server for the quota too.")] = False,
) -> None:
    """Show everything about an account. Secrets are masked."""
    print_account(call, call.client.accounts.get(account, quota=quota))


def print_account(call: Remote, account: Account) -> None:
    """Print an account as its fields, or as JSON."""
    if call.printer.as_json:
        call.printer.mapping(concealed(account))
    else:
        call.printer.item(account, _fields(account))


def state_cell(state: str) -> Text:
    """Return a state in its colour."""
    return plain(state, _STYLE.get(state, ""))


def _reason(account: ListedAccount) -> str:
    error = account["lastError"]
    waiting = account.get("waiting")
    reason = error["response"] if error else waiting["reason"] if waiting else account.get("delegationError", "")
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[: _LONGEST_REASON - 1]}…"


def _fields(account: Account) -> Iterator[tuple[str, Cell]]:
    yield "account", account["account"]
    yield "name", account["name"]
    yield "email", account["email"]
    yield "type", account["type"]
    yield "state", Text.assemble(state_cell(account["state"]), f" since {account['stateSince']}")
    yield "health", plain(account["health"], _HEALTH_STYLE.get(account["health"], ""))
    waiting = account.get("waiting")
    yield "waiting", f"{waiting['reason']} (since {waiting['since']})" if waiting else None
    yield from _error_fields(account["lastError"])
    yield "next attempt", account["nextAttempt"]
    yield "connections", account["connections"]
    yield from _server_fields(account)
    yield from _sync_fields(account)
    yield from _sending_fields(account)
    quota = account.get("quota")
    yield "quota", f"{quota['usage']} of {quota['limit']} bytes ({quota['status']})" if quota else None
    counters = account["counters"]
    yield "counted", f"{counters['received']} received, {counters['sent']} sent"
    for name, value in sorted(account.get("metadata", {}).items()):
        yield f"metadata.{name}", value
    yield "webhooks", account.get("webhooks")
    yield "created", account["created"]
    yield "announced from", account["notifyFrom"]


def _error_fields(error: LastError | None) -> Iterator[tuple[str, Cell]]:
    if error is None:
        return
    code = error["serverResponseCode"]
    yield "last error", f"{error['response']} ({code})" if code else error["response"]
    yield "while", error.get("phase")
    yield "what to do", error.get("advice")


def _server_fields(account: Account) -> Iterator[tuple[str, Cell]]:
    for name, block in (("imap", account.get("imap")), ("smtp", account.get("smtp"))):
        if block and block.get("host"):
            auth = block.get("auth")
            user = auth.get("user") if auth else None
            yield name, f"{block['host']}:{block.get('port', '')}" + (f" as {user}" if user else "")
    server = account["server"]
    if server is not None:
        yield "server", " ".join(filter(None, (server.get("name"), server.get("tls"))))
        for quirk in server.get("quirks", []):
            yield f"profile {quirk['name']}", "\n".join(quirk["effects"])


def _sync_fields(account: Account) -> Iterator[tuple[str, Cell]]:
    sync = account["sync"]
    if sync is not None:
        counts = ((each["done"], each["total"]) for each in (sync["folders"], sync["messages"]))
        yield "sync", progress_in_words(*counts)
    failed = account["syncError"]
    yield "not synced", f"{failed['path']}: {failed['error']}" if failed else None


def _sending_fields(account: Account) -> Iterator[tuple[str, Cell]]:
    sending, status = account["sending"], account["smtpStatus"]
    yield "sending", "paused" if sending["paused"] else None
    held = sending["held"]
    yield "held back", f"{held['reason']} (until {held['until'] or 'somebody resumes it'})" if held else None
    yield "last sent", f"{status['status']}: {status['response']}" if status else None
