"""`postroom profile`: gateways by name, so that commands need neither address nor token."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.calling import AsJson, ending
from postroom.cli.remote.entering import entered_secret
from postroom.cli.remote.output.printing import Printer
from postroom.cli.remote.output.tables import Column
from postroom.cli.remote.output.terminal import open_streams
from postroom.cli.remote.target.choice import checked_token, checked_url
from postroom.cli.remote.target.profiles import NAME, GatewayProfile, Profiles, load, profiles_file, save

__all__ = ["profile"]

profile = typer.Typer(help="Gateways by name, with their tokens.", no_args_is_help=True)


def _names(incomplete: str) -> list[str]:
    try:
        return [name for name in load(profiles_file()).by_name if name.startswith(incomplete)]
    except CommandLineError:
        return []


Name = Annotated[str, typer.Argument(help="The name of the profile.", autocompletion=_names, show_default=False)]


@profile.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A name for the gateway.", show_default=False)],
    url: Annotated[str, typer.Argument(help="Its address, such as https://mail.example.org.", show_default=False)],
    token_file: Annotated[
        Path | None,
        typer.Option(help="Read the token from this file, `-` for standard input; it is asked for by default."),
    ] = None,
    use: Annotated[bool, typer.Option("--use", help="Use it from now on. The first profile is used anyway.")] = False,
) -> None:
    """Add a gateway, or replace the one of that name. Nothing is sent to it."""
    if not NAME.fullmatch(name):
        raise CommandLineError("A name has up to 64 letters, digits, dots, hyphens and underscores.", ExitStatus.USAGE)
    address = checked_url(url)
    token = checked_token(entered_secret("Token", token_file))
    profiles = load(profiles_file()).added(name, GatewayProfile(address, token), use=use)
    save(profiles_file(), profiles)
    used = "It is in use." if profiles.current == name else f"`postroom profile use {name}` uses it from now on."
    print(f"Added {name}. {used}", file=sys.stderr)


@profile.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the profiles, without their tokens."""
    profiles = load(profiles_file())
    items = [
        {"name": name, "url": each.url, "inUse": name == profiles.current}
        for name, each in sorted(profiles.by_name.items())
    ]
    columns: list[Column[dict[str, object]]] = [
        Column("", lambda item: "*" if item["inUse"] else " "),
        Column("name", lambda item: str(item["name"])),
        Column("url", lambda item: str(item["url"])),
    ]
    with ending():
        Printer(open_streams(), as_json).rows(columns, items, none=f"There are no profiles in {profiles_file()}.")


@profile.command("use")
def use(name: Name) -> None:
    """Use a profile from now on."""
    profiles = _with(name)
    save(profiles_file(), Profiles(profiles.by_name, name))


@profile.command("remove")
def remove(name: Name) -> None:
    """Remove a profile with its token. The token stays valid."""
    save(profiles_file(), _with(name).without(name))


def _with(name: str) -> Profiles:
    profiles = load(profiles_file())
    if name not in profiles.by_name:
        raise CommandLineError(
            f"There is no profile {name!r}. `postroom profile list` shows those there are.", ExitStatus.NOT_FOUND
        )
    return profiles
