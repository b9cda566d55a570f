"""The commands of the `postroom` program by name, with what `--help` says about the whole."""

from __future__ import annotations

from typing import Annotated

import typer

from postroom import __version__
from postroom.cli.gateway import commands as gateway

__all__ = ["program"]

_GATEWAY = "The gateway on this machine"
_REMOTE = "Any gateway, over its API"


def program(*, serves: bool = False) -> typer.Typer:
    """Return the program. `serve` runs for months, so with `serves` the commands that call a gateway are left out."""
    made = typer.Typer(name="postroom", no_args_is_help=True, pretty_exceptions_enable=False)
    if not serves:
        _add_remote(made)
    for command in (gateway.serve, gateway.demo, gateway.migrate, gateway.doctor, gateway.backup):
        made.command(rich_help_panel=_GATEWAY)(command)
    made.add_typer(gateway.token, name="token", rich_help_panel=_GATEWAY)
    made.add_typer(gateway.keys, name="keys", rich_help_panel=_GATEWAY)
    made.add_typer(gateway.dashboard, name="dashboard", rich_help_panel=_GATEWAY)
    made.command(rich_help_panel=_GATEWAY)(version)
    made.callback()(_postroom)
    return made


def _add_remote(made: typer.Typer) -> None:
    from postroom.cli.remote.accounts.group import account
    from postroom.cli.remote.events import events
    from postroom.cli.remote.mail import mail
    from postroom.cli.remote.moving import import_emailengine
    from postroom.cli.remote.outbox import outbox
    from postroom.cli.remote.profile_commands import profile
    from postroom.cli.remote.sending import send
    from postroom.cli.remote.webhooks import webhooks

    for name, group in (
        ("account", account),
        ("events", events),
        ("webhooks", webhooks),
        ("mail", mail),
        ("outbox", outbox),
        ("profile", profile),
    ):
        made.add_typer(group, name=name, rich_help_panel=_REMOTE)
    made.command(rich_help_panel=_REMOTE)(send)
    made.command("import-emailengine", rich_help_panel=_REMOTE)(import_emailengine)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


def _postroom(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A self-hosted gateway for e-mail accounts: REST in, live IMAP connections, webhooks out.

    The commands of the gateway take settings: variables POSTROOM_…, also in .env, or names in postroom.toml. See
    docs/settings.md. All others call a gateway, here or elsewhere: see docs/cli.md.
    """


def version() -> None:
    """Print the version."""
    print(__version__)
