"""Arguments that name something of the gateway, with what a shell can complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from postroom.accounts.lifecycle import Health, State
from postroom.cli.exits import CommandLineError
from postroom.cli.remote.calling import open_client, target_of
from postroom.client.errors import ApiError
from postroom.client.retries import NO_RETRIES
from postroom.events.types import EVENT_NAMES

if TYPE_CHECKING:
    from postroom.client.blocking import Postroom

__all__ = [
    "AccountIds",
    "AnAccount",
    "HealthName",
    "Limit",
    "SomeAccount",
    "StateName",
    "named",
    "pairs",
]

_COMPLETED: Final = 50
_PATIENCE: Final = 2.0
"""Seconds for which a person who presses the tabulator waits."""

Limit = Annotated[int | None, typer.Option("--limit", min=1, help="The most to print.", show_default=False)]


def named(value: str | list[str] | None) -> str | list[str] | None:
    """Refuse what cannot stand in a path, so that no command reaches something else."""
    values = [value] if isinstance(value, str) else value or []
    if any(each.strip() in ("", ".", "..") for each in values):
        raise typer.BadParameter("it must not be empty, `.` or `..`")
    return value


def _accounts(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ask the gateway for accounts that begin so."""

    def ask(client: Postroom) -> Iterable[str]:
        page = client.accounts.page(query=incomplete or None, page_size=_COMPLETED)
        return (found["account"] for found in page["accounts"])

    return _asked(ctx, ask, incomplete)


def _endpoints(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ask the gateway for webhook endpoints that begin so."""
    return _asked(ctx, lambda client: (found["id"] for found in client.webhooks.list()), incomplete)


def _asked(ctx: typer.Context, ask: Callable[[Postroom], Iterable[str]], incomplete: str) -> list[str]:
    """Return what the gateway answers. Whatever goes wrong, there is nothing to complete."""
    given = {name: ctx.params.get(name) for name in ("url", "token", "profile")}
    try:
        with open_client(target_of(ctx, **given), {"timeout": _PATIENCE, "retries": NO_RETRIES}) as client:
            return [found for found in ask(client) if found.startswith(incomplete)]
    except (ApiError, CommandLineError, OSError, ValueError):
        return []


def _event_names(incomplete: str) -> list[str]:
    return [name for name in EVENT_NAMES if name.startswith(incomplete)]


def _states(incomplete: str) -> list[str]:
    return [state.value for state in State if state.value.startswith(incomplete)]


def _healths(incomplete: str) -> list[str]:
    return [health.value for health in Health if health.value.startswith(incomplete)]


AnAccount = Annotated[
    str,
    typer.Argument(help="Its id.", callback=named, autocompletion=_accounts, metavar="ACCOUNT", show_default=False),
]
AccountIds = Annotated[
    list[str],
    typer.Argument(
        help="Their ids.", callback=named, autocompletion=_accounts, metavar="ACCOUNT...", show_default=False
    ),
]
AnEndpoint = Annotated[
    str,
    typer.Argument(
        help="Its id, as `webhooks list` shows.",
        callback=named,
        autocompletion=_endpoints,
        metavar="ENDPOINT",
        show_default=False,
    ),
]
AMessage = Annotated[
    str, typer.Argument(help="Its id, as `mail list` shows.", callback=named, metavar="MESSAGE", show_default=False)
]
EventTypes = Annotated[
    list[str] | None,
    typer.Option("--type", help="Only of this type; may be repeated.", autocompletion=_event_names, show_default=False),
]
Count = Annotated[int | None, typer.Option("--count", min=1, help="End after so many.", show_default=False)]
SomeAccount = Annotated[
    str | None,
    typer.Option("--account", help="Only of this account.", autocompletion=_accounts, show_default=False),
]
StateName = Annotated[
    str | None,
    typer.Option("--state", help="Only in this state, such as connected.", autocompletion=_states, show_default=False),
]
HealthName = Annotated[
    str | None,
    typer.Option("--health", help="Only of this health, such as failing.", autocompletion=_healths, show_default=False),
]


def pairs(given: list[str] | None) -> dict[str, str]:
    """Return NAME=VALUE options as a dictionary. Raises BadParameter."""
    found: dict[str, str] = {}
    for each in given or []:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE")
        found[name] = value
    return found
