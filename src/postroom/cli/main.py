"""The `postroom` program: its commands by name, and errors as one sentence with an exit status."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from postroom import __version__
from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.gateway import commands as gateway
from postroom.cli.remote.accounts.group import account
from postroom.cli.remote.events import events
from postroom.cli.remote.mail import mail
from postroom.cli.remote.outbox import outbox
from postroom.cli.remote.profile_commands import profile
from postroom.cli.remote.sending import send
from postroom.cli.remote.webhooks import webhooks
from postroom.errors import PostroomError
from postroom.words.strangers import harmless

app = typer.Typer(name="postroom", no_args_is_help=True, pretty_exceptions_enable=False)
_GATEWAY = "The gateway on this machine"
_REMOTE = "Any gateway, over its API"
for _name, _group in (
    ("account", account),
    ("events", events),
    ("webhooks", webhooks),
    ("mail", mail),
    ("outbox", outbox),
    ("profile", profile),
):
    app.add_typer(_group, name=_name, rich_help_panel=_REMOTE)
app.command(rich_help_panel=_REMOTE)(send)
for _command in (gateway.serve, gateway.demo, gateway.migrate, gateway.doctor, gateway.backup):
    app.command(rich_help_panel=_GATEWAY)(_command)
app.add_typer(gateway.token, name="token", rich_help_panel=_GATEWAY)
app.add_typer(gateway.keys, name="keys", rich_help_panel=_GATEWAY)
app.add_typer(gateway.dashboard, name="dashboard", rich_help_panel=_GATEWAY)


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

    The commands of the gateway take settings: variables POSTROOM_…, also in .env, or names in postroom.toml. See
    docs/settings.md. All others call a gateway, here or elsewhere: see docs/cli.md.
    """


@app.command(rich_help_panel=_GATEWAY)
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Run the command line. A PostroomError prints one sentence on standard error and exits with its status."""
    _quieten_the_log()
    try:
        app()
    except CommandLineError as error:
        _leave(str(error), error.status)
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


def _quieten_the_log() -> None:
    """Programs read the output of commands, so the log is quiet. `serve` configures it again."""
    try:
        from postroom.log import configure
    except ModuleNotFoundError:
        # Only the client is installed, and it writes no log.
        return
    configure("warning")


def _leave(sentence: str, status: ExitStatus = ExitStatus.FAILED) -> NoReturn:
    log = sys.modules.get("postroom.log")
    if log is not None and log.writes_json():
        log.get_logger("postroom").error(sentence)
    else:
        print(f"postroom: {harmless(sentence, lines=True)}", file=sys.stderr)
    sys.exit(status)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
