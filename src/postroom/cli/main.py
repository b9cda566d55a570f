"""The commands and their options; the work of each command is in a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from postroom import __version__
from postroom.cli import tokens as token_command
from postroom.cli.configuration import check_workers, load_settings
from postroom.cli.doctor import command as doctor_command
from postroom.cli.keys import rotate_keys
from postroom.cli.migrate import migrate as bring_up_to_date
from postroom.cli.serving.sharing import shared_figures
from postroom.errors import PostroomError
from postroom.log import configure, get_logger, writes_json
from postroom.words.strangers import harmless

app = typer.Typer(
    name="postroom",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
token = typer.Typer(help="API tokens.", no_args_is_help=True)
app.add_typer(token, name="token")
keys = typer.Typer(help="The secrets that encrypt stored data.", no_args_is_help=True)
app.add_typer(keys, name="keys")
dashboard = typer.Typer(help="The password of the dashboard.", no_args_is_help=True)
app.add_typer(dashboard, name="dashboard")


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


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _postroom(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A self-hosted gateway for e-mail accounts: REST in, live IMAP connections, webhooks out.

    Options override settings. Settings are variables POSTROOM_…, also in .env, or names in postroom.toml: see
    docs/settings.md.
    """


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    workers: Workers = None,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C."""
    settings = load_settings(host=host, port=port, database_url=database_url, data_dir=data_dir, workers=workers)
    check_workers(settings)
    with shared_figures(settings.workers) as figures:
        # Only the commands that run the gateway import all of it.
        from postroom.cli.serving.serve import serve as run

        run(settings, figures)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the first new message was announced.")] = False,
    port: Annotated[int, typer.Option(help="Port of the API; if it is in use, the system picks one.")] = 3000,
) -> None:
    """Show Postroom at work, with a sandbox mail server and a webhook receiver."""
    from postroom.cli.demo import demo as run

    run(once=once, port=port)


@app.command()
def migrate(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Bring the database to the newest schema; `serve` does the same when it starts."""
    bring_up_to_date(load_settings(database_url=database_url, data_dir=data_dir))


@app.command()
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
    settings = load_settings(host=host, port=port, database_url=database_url, data_dir=data_dir)
    if account is not None:
        # Only this branch imports the code that connects to mail servers.
        from postroom.cli.doctor import account as one_account

        if not one_account.report(one_account.examine(settings, account), Console(highlight=False)):
            raise typer.Exit(1)
        return
    findings = doctor_command.examine(settings)
    if not doctor_command.report(findings, Console(highlight=False)):
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.", show_default=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")] = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Copy the database and check the copy, even while the gateway runs. The key is not in it.

    PostgreSQL is copied with pg_dump, which must be installed on this machine.
    """
    from postroom.cli.backup import backup as run

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
    settings = load_settings(database_url=database_url, data_dir=data_dir)
    print(token_command.issue(settings, description, tuple(scope or ("*",)), account, expires))


@token.command("list")
def token_list(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """List the tokens with their ids. The tokens themselves are not stored."""
    rows = token_command.list_all(load_settings(database_url=database_url, data_dir=data_dir))
    token_command.show(rows, Console(highlight=False))


@token.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(help="The id that `token list` shows, or the token itself.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Revoke a token at once."""
    token_command.revoke(load_settings(database_url=database_url, data_dir=data_dir), token_id)


@keys.callback()
def _keys() -> None:
    """Keep `keys` a group: without a callback, typer merges a group of one command into that command."""


@keys.command("rotate")
def keys_rotate(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Re-encrypt everything with POSTROOM_SECRET. Afterwards POSTROOM_PREVIOUS_SECRETS can be removed."""
    print(rotate_keys(load_settings(database_url=database_url, data_dir=data_dir)))


@dashboard.callback()
def _dashboard() -> None:
    """Keep `dashboard` a group, as `keys`."""


@dashboard.command("code")
def dashboard_code(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Print a code that sets a new password, this once. The old password, its app and all sessions end."""
    # Imported here, because few commands need what it needs.
    from postroom.cli.dashboard import new_code

    print(new_code(load_settings(database_url=database_url, data_dir=data_dir)))


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Run the command line. A PostroomError prints one sentence on standard error and exits with status 1."""
    # Programs read the output of commands, so the log is quiet. `serve` configures it again.
    configure("warning")
    try:
        app()
    except PostroomError as error:
        _leave(str(error))
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        _leave(f"{error.strerror or error}:{place}. `postroom doctor` says what to do.")
    except BaseExceptionGroup as group:
        known = group.subgroup(PostroomError)
        if known is None or group.split(PostroomError)[1] is not None:
            raise
        _leave(str(_first(known)))


def _leave(sentence: str) -> NoReturn:
    if writes_json():
        get_logger("postroom").error(sentence)
    else:
        print(f"postroom: {harmless(sentence, lines=True)}", file=sys.stderr)
    sys.exit(1)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
