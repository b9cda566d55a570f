"""Arguments that name something of the gateway, with what a shell can complete."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from postroom.accounts.lifecycle import State
from postroom.cli.exits import CommandLineError
from postroom.cli.remote.calling import open_client, target_of
from postroom.client.errors import ApiError
from postroom.client.retries import NO_RETRIES

__all__ = ["AccountIds", "AnAccount", "Limit", "SomeAccount", "StateName", "pairs"]

_COMPLETED: Final = 50
_PATIENCE: Final = 2.0
"""Seconds for which a person who presses the tabulator waits."""

Limit = Annotated[int | None, typer.Option("--limit", min=1, help="The most to print.", show_default=False)]


def _named(value: str | list[str] | None) -> str | list[str] | None:
    """Refuse what cannot stand in a path, so that no command reaches something else."""
    values = [value] if isinstance(value, str) else value or []
    if any(each.strip() in ("", ".", "..") for each in values):
        raise typer.BadParameter("it must not be empty, `.` or `..`")
    return value


def _accounts(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ask the gateway for accounts that begin so. Whatever goes wrong, there is nothing to complete."""
    given = {name: ctx.params.get(name) for name in ("url", "token", "profile")}
    try:
        target = target_of(ctx, **given)
        with open_client(target, {"timeout": _PATIENCE, "retries": NO_RETRIES}) as client:
            page = client.accounts.page(query=incomplete or None, page_size=_COMPLETED)
    except (ApiError, CommandLineError, OSError, ValueError):
        return []
    return [found["account"] for found in page["accounts"] if found["account"].startswith(incomplete)]


def _states(incomplete: str) -> list[str]:
    return [state.value for state in State if state.value.startswith(incomplete)]


AnAccount = Annotated[
    str,
    typer.Argument(help="Its id.", callback=_named, autocompletion=_accounts, metavar="ACCOUNT", show_default=False),
]
AccountIds = Annotated[
    list[str],
    typer.Argument(
        help="Their ids.", callback=_named, autocompletion=_accounts, metavar="ACCOUNT...", show_default=False
    ),
]
SomeAccount = Annotated[
    str | None,
    typer.Option("--account", help="Only of this account.", autocompletion=_accounts, show_default=False),
]
StateName = Annotated[
    str | None,
    typer.Option("--state", help="Only in this state, such as connected.", autocompletion=_states, show_default=False),
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
