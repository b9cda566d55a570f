"""The commands of the gateway and their options: serve, demo, migrate, doctor, backup, token, keys, dashboard.

Each imports its work when it is called, because the libraries of the server may be missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from postroom.cli.gateway.installed import server_installed
from postroom.cli.serving.start import start


def _setting(name: str, help_: str) -> Any:
    """Return an option that overrides a setting; its help names the setting's variable."""
    return typer.Option(help=f"{help_} Setting: POSTROOM_{name.upper()}", show_default=False)


Host = Annotated[str | None, _setting("host", "Address the API listens on (127.0.0.1).")]
Port = Annotated[int | None, _setting("port", "Port the API listens on (3000); 0: the system picks one.")]
DatabaseUrl = Annotated[str | None, _setting("database_url", "postgresql://… or sqlite:///PATH.")]
Workers = Annotated[
    int | None, _setting("workers", "Processes that share the port (1); more than one needs PostgreSQL.")
]
DataDir = Annotated[Path | None, _setting("data_dir", "Folder for the SQLite database and the key file (data).")]

token = typer.Typer(help="API tokens, in the database of this machine.", no_args_is_help=True)
keys = typer.Typer(help="The secrets that encrypt stored data.", no_args_is_help=True)
dashboard = typer.Typer(help="The password of the dashboard.", no_args_is_help=True)


def serve(
    host: Host = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    workers: Workers = None,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C."""
    start(host=host, port=port, database_url=database_url, data_dir=data_dir, workers=workers)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the first new message was announced.")] = False,
    port: Annotated[int, typer.Option(help="Port of the API; if it is in use, the system picks one.")] = 3000,
) -> None:
    """Show Postroom at work, with a sandbox mail server and a webhook receiver."""
    with server_installed():
        from postroom.cli.demo import demo as run

    run(once=once, port=port)


def migrate(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Bring the database to the newest schema; `serve` does the same when it starts."""
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.migrate import migrate as run

    run(load_settings(database_url=database_url, data_dir=data_dir))


def doctor(
    account: Annotated[str | None, typer.Argument(help="Examine this account instead.", show_default=False)] = None,
    host: Host = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Check database, key, port, clock and limits, or the sign-in of one account, and say what to do.

    Exit 1 when Postroom cannot start, or the account cannot connect.
    """
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.doctor import account as one_account
        from postroom.cli.doctor import command
    from rich.console import Console

    settings = load_settings(host=host, port=port, database_url=database_url, data_dir=data_dir)
    console = Console(highlight=False)
    if account is not None:
        is_well = one_account.report(one_account.examine(settings, account), console)
    else:
        is_well = command.report(command.examine(settings), console)
    if not is_well:
        raise typer.Exit(1)


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.", show_default=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")] = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Copy the database and check the copy, even while the gateway runs. The key is not in it.

    PostgreSQL is copied with pg_dump, which must be installed on this machine.
    """
    with server_installed():
        from postroom.cli.backup import backup as run
        from postroom.cli.configuration import load_settings

    print(run(load_settings(database_url=database_url, data_dir=data_dir), file, overwrite=overwrite))


@token.command("issue")
def token_issue(
    description: Annotated[str, typer.Option(help="What the token is for.")],
    scope: Annotated[list[str] | None, typer.Option(help="*, api or metrics; may be given more than once.")] = None,
    account: Annotated[str | None, typer.Option(help="Bind the token to this account.")] = None,
    expires: Annotated[str | None, typer.Option(help="ISO 8601 date or time at which it expires.")] = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Issue an API token and print it, this once; only its hash is stored."""
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.tokens import issue

    settings = load_settings(database_url=database_url, data_dir=data_dir)
    print(issue(settings, description, tuple(scope or ("*",)), account, expires))


@token.command("list")
def token_list(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """List the tokens with their ids. The tokens themselves are not stored."""
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.tokens import list_all, show
    from rich.console import Console

    show(list_all(load_settings(database_url=database_url, data_dir=data_dir)), Console(highlight=False))


@token.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(help="The id that `token list` shows, or the token itself.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Revoke a token at once."""
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.tokens import revoke

    revoke(load_settings(database_url=database_url, data_dir=data_dir), token_id)


@keys.callback()
def _keys() -> None:
    """Keep `keys` a group: without a callback, typer merges a group of one command into that command."""


@keys.command("rotate")
def keys_rotate(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Re-encrypt everything with POSTROOM_SECRET. Afterwards POSTROOM_PREVIOUS_SECRETS can be removed."""
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.keys import rotate_keys

    print(rotate_keys(load_settings(database_url=database_url, data_dir=data_dir)))


@dashboard.callback()
def _dashboard() -> None:
    """Keep `dashboard` a group, as `keys`."""


@dashboard.command("code")
def dashboard_code(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Print a code that sets a new password, this once. The old password, its app and all sessions end."""
    with server_installed():
        from postroom.cli.configuration import load_settings
        from postroom.cli.dashboard import new_code

    print(new_code(load_settings(database_url=database_url, data_dir=data_dir)))
