"""What every command that calls a gateway has: its options, a client, and an end that can be understood."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Final, ParamSpec, get_type_hints

import typer

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.output.failures import explained
from postroom.cli.remote.output.printing import Printer
from postroom.cli.remote.output.terminal import open_streams
from postroom.cli.remote.target.choice import GatewayTarget, NamedGateway, choose
from postroom.cli.remote.target.profiles import is_private, load, profiles_file
from postroom.client.errors import ApiError
from postroom.client.request import Unsendable
from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import NO_SECRETS, Secrets

if TYPE_CHECKING:
    from postroom.client.blocking import Postroom

__all__ = ["AsJson", "Remote", "ending", "open_client", "remote", "target_of"]

P = ParamSpec("P")

_PANEL: Final = "The gateway"
Url = Annotated[
    str | None,
    typer.Option(envvar="POSTROOM_URL", help="Its address.", show_default=False, rich_help_panel=_PANEL),
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="POSTROOM_TOKEN",
        help="An API token. Other users of this machine can see options: prefer the variable or a profile.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="A profile instead.", show_default=False, rich_help_panel=_PANEL)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object in each line.", show_default=False)]


@dataclass(frozen=True, slots=True)
class Remote:
    """The gateway that a command calls, and where it prints."""

    client: Postroom
    target: GatewayTarget
    printer: Printer


def remote(command: Callable[Concatenate[Remote, P], None]) -> Callable[..., None]:
    """Make a function a command: with the options that name the gateway, and `--json`."""

    @wraps(command)
    def run(
        ctx: typer.Context, url: str | None, token: str | None, profile: str | None, as_json: bool, **given: Any
    ) -> None:
        target = target_of(ctx, url, token, profile)
        printer = Printer(open_streams(), as_json)
        with ending(Secrets.of(target.token)), open_client(target) as client:
            command(Remote(client, target, printer), **given)  # type: ignore[call-arg]

    _, *own = inspect.signature(command).parameters.values()
    hints = get_type_hints(command, include_extras=True)
    options = {"url": Url, "token": Token, "profile": ProfileName, "as_json": AsJson}
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(each.replace(kind=keyword, annotation=hints[each.name]) for each in own),
        *(inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in options.items()),
    ]
    parameters[-1] = parameters[-1].replace(default=False)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    del run.__wrapped__
    return run


def target_of(ctx: typer.Context, url: str | None, token: str | None, profile: str | None) -> GatewayTarget:
    """Return the gateway that the options, the environment or the profiles name. Raises CommandLineError."""
    if profile is not None and any(_is_option(ctx, name) for name in ("url", "token")):
        raise CommandLineError("Give either --profile or --url and --token.", ExitStatus.USAGE)
    file = profiles_file()
    profiles = load(file)
    if profiles.by_name and not is_private(file):
        print(f"postroom: others can read the tokens in {file}: `chmod 600` it.", file=sys.stderr)
    return choose(NamedGateway(url, token, profile), profiles.by_name, profiles.current)


@contextmanager
def open_client(target: GatewayTarget, options: Mapping[str, Any] | None = None) -> Iterator[Postroom]:
    """Open a client. Raises CommandLineError where its library is missing."""
    try:
        # httpx takes a while to load, and is there only with the extra `client`.
        from postroom.client.blocking import Postroom
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "httpx":
            raise
        raise CommandLineError(
            'This command needs the client: install it with `pip install "postroom[client]"`.'
        ) from error
    try:
        opened = Postroom(target.url, target.token, **(options or {}))
    except ValueError as error:
        raise CommandLineError(f"The gateway cannot be called: {error}.", ExitStatus.USAGE) from None
    with opened as client:
        yield client


@contextmanager
def ending(secrets: Secrets = NO_SECRETS) -> Iterator[None]:
    """End a command: flush its output, and turn errors into sentences without secrets, and into an exit status."""
    try:
        yield
        sys.stdout.flush()
    except ApiError as error:
        failed = explained(error, secrets)
    except Unsendable as error:
        failed = CommandLineError(f"It was not sent: {error}.", ExitStatus.USAGE)
    except BrokenPipeError:
        # Python flushes at exit once more, and would complain.
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())
        raise typer.Exit(ExitStatus.OUTPUT_CLOSED) from None
    else:
        return
    raise failed


def _is_option(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
