"""The group `postroom account` with its commands."""

from __future__ import annotations

import typer

from postroom.cli.remote.accounts.acting import delete, disconnect, reconnect
from postroom.cli.remote.accounts.diagnosing import diagnose
from postroom.cli.remote.accounts.reading import list_, show
from postroom.cli.remote.accounts.writing import add, update
from postroom.cli.remote.importing.command import import_

__all__ = ["account"]

account = typer.Typer(help="Accounts: added, listed, changed, diagnosed.", no_args_is_help=True)
account.command("list")(list_)
account.command("show")(show)
account.command("add")(add)
account.command("update")(update)
account.command("import")(import_)
account.command("reconnect")(reconnect)
account.command("disconnect")(disconnect)
account.command("delete")(delete)
account.command("diagnose")(diagnose)
