"""`postroom account add` and `update`: an account from options, or from a file with the body of the request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.accounts.drafts import Draft, completed, needs_servers, secrets_in, with_value
from postroom.cli.remote.accounts.waiting import WaitLimit, wait_for_account
from postroom.cli.remote.arguments import AnAccount, pairs
from postroom.cli.remote.calling import Remote, ending, remote
from postroom.cli.remote.entering import entered_secret, parsed, read_text
from postroom.words.strangers import Secrets

if TYPE_CHECKING:
    from postroom.schemas.answers.accounts import Consent
    from postroom.schemas.answers.discovery import FoundServers
    from postroom.schemas.requests.accounts import AccountChange, NewAccount

__all__ = ["add", "update"]

_SERVER: Final = "Mail servers"

Name = Annotated[str | None, typer.Option(help="Display name; the id by default.", show_default=False)]
User = Annotated[str | None, typer.Option(help="The login name; the address by default.", show_default=False)]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        help="Read the password from this file, `-` for standard input. In a terminal it is asked for.",
        show_default=False,
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Any other field by its dotted name, such as webhooks=https://… or imap.tls.allowPlaintext=true.",
        show_default=False,
    ),
]
BodyFile = Annotated[
    Path | None,
    typer.Option("--from", help="Read the fields from a JSON file, `-` for standard input.", show_default=False),
]
Metadata = Annotated[
    list[str] | None, typer.Option(help="A pair of your own: NAME=VALUE; may be repeated.", show_default=False)
]
Server = Annotated[
    str | None,
    typer.Option(
        metavar="HOST[:PORT]",
        help="By default it is found from the address.",
        rich_help_panel=_SERVER,
        show_default=False,
    ),
]


@remote
def add(
    call: Remote,
    email: Annotated[str | None, typer.Argument(help="The address of the mailbox.", show_default=False)] = None,
    account: Annotated[
        str | None, typer.Option("--id", help="Its id; the address by default.", show_default=False)
    ] = None,
    name: Name = None,
    user: User = None,
    password_file: PasswordFile = None,
    imap: Server = None,
    smtp: Server = None,
    no_smtp: Annotated[bool, typer.Option("--no-smtp", help="It only receives.", rich_help_panel=_SERVER)] = False,
    metadata: Metadata = None,
    fields: Fields = None,
    body: BodyFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Update the account if the id is taken.")] = False,
    verify: Annotated[bool, typer.Option(help="Sign in first, and store nothing if that fails.")] = True,
    wait: WaitLimit = None,
) -> None:
    """Add an account: the address and the password are enough when its mail servers can be found."""
    draft = _draft(body, {"email": email, "account": account, "name": name, "user": user}, metadata, fields)
    for block, where in (("imap", imap), ("smtp", smtp)):
        for field, value in _server(where).items() if where else ():
            draft = with_value(draft, f"{block}.{field}", value)
    if not (draft.get("email") or draft.get("account")):
        raise typer.BadParameter("give the address of the mailbox, --id or --from")
    found = _found(call, draft)
    if _needs_password(draft, found):
        draft = with_value(draft, "password", entered_secret("Password", password_file))
    registration = completed(draft, found)
    if no_smtp:
        registration = {key: value for key, value in registration.items() if key != "smtp"}
    with ending(Secrets.of(call.target.token, *secrets_in(registration))):
        answer = call.client.accounts.register(cast("NewAccount", registration), upsert=replace, verify=verify)
    if "redirect" in answer:
        link = cast("Consent", answer)["redirect"]
        call.printer.item(answer, [("the owner of the mailbox gives the consent at", link)])
        return
    registered = answer
    done = "added" if registered["created"] else "updated"
    call.printer.item(registered, [("account", registered["account"]), ("", f"{done}, {registered['state']}")])
    if wait is not None:
        raise typer.Exit(wait_for_account(call, registered["account"], wait))


@remote
def update(
    call: Remote,
    account: AnAccount,
    email: Annotated[str | None, typer.Option(help="Another address.", show_default=False)] = None,
    name: Name = None,
    user: User = None,
    new_password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    password_file: PasswordFile = None,
    metadata: Metadata = None,
    fields: Fields = None,
    body: BodyFile = None,
    verify: Annotated[bool, typer.Option(help="Sign in first, and change nothing if that fails.")] = True,
    wait: WaitLimit = None,
) -> None:
    """Change an account: what is not named stays. A new password is for each of its mail servers."""
    change = _draft(body, {"email": email, "name": name}, None, fields)
    known = call.client.accounts.get(account)
    if metadata:
        change = with_value(change, "metadata", {**known.get("metadata", {}), **pairs(metadata)})
    password = entered_secret("Password", password_file) if new_password or password_file else None
    for block in ("imap", "smtp"):
        if block in known and (user or password):
            change = _with_login(change, block, user, password)
    if not change:
        raise typer.BadParameter("name what to change, such as --password or --set")
    with ending(Secrets.of(call.target.token, *secrets_in(change))):
        answer = call.client.accounts.update(account, cast("AccountChange", change), verify=verify)
    if call.printer.as_json:
        call.printer.json_line(answer)
    else:
        call.printer.line(f"{account}: updated")
    for warning in answer.get("warnings", []):
        call.printer.remark(f"{account}: {warning}", "yellow")
    if wait is not None:
        raise typer.Exit(wait_for_account(call, account, wait, known["stateSince"]))


def _draft(
    body: Path | None, options: Mapping[str, str | None], metadata: list[str] | None, fields: list[str] | None
) -> Draft:
    """Return the fields of the file, overridden by those of options."""
    draft: Draft = _object(body) if body is not None else {}
    for name, value in options.items():
        draft = with_value(draft, name, value) if value is not None else draft
    for name, value in pairs(metadata).items():
        draft = with_value(draft, f"metadata.{name}", value)
    for name, value in pairs(fields).items():
        draft = with_value(draft, name, _value(value))
    return draft


def _object(file: Path) -> Mapping[str, object]:
    try:
        found = parsed(read_text(file))
    except ValueError as error:
        raise CommandLineError(f"{file} is not JSON: {getattr(error, 'msg', '')}.", ExitStatus.USAGE) from None
    if not isinstance(found, Mapping):
        raise CommandLineError(f"{file} must be a JSON object with the fields of an account.", ExitStatus.USAGE)
    return found


def _value(text: str) -> object:
    """Return the value of `--set`: JSON where it is a number, a list, an object, true, false or null; else text."""
    try:
        return parsed(text)
    except ValueError:
        return text


def _server(where: str) -> Mapping[str, object]:
    host, colon, port = where.rpartition(":") if not where.endswith("]") else (where, "", "")
    if not colon:
        return {"host": where.strip("[]")}
    if not port.isdecimal():
        raise typer.BadParameter(f"{where!r} is not HOST or HOST:PORT")
    return {"host": host.strip("[]"), "port": int(port)}


def _found(call: Remote, draft: Draft) -> FoundServers | None:
    """Return the mail servers of the address, None when the draft names its own. Raises CommandLineError."""
    if not needs_servers(draft):
        return None
    email = str(draft["email"])
    found = call.client.accounts.find_servers(email)
    if not found["imap"]:
        raise CommandLineError(f"The mail server of {email} was not found. Name it: --imap HOST --smtp HOST.")
    for name, server in (("IMAP", found["imap"]), ("SMTP", found["smtp"])):
        call.printer.remark(f"{name}: {server['host']}:{server['port']}" if server else f"{name}: not found", "dim")
    if (needed := found.get("appPassword")) is not None and needed["required"]:
        call.printer.remark(needed["instructions"], "yellow")
    return found


def _needs_password(draft: Draft, found: FoundServers | None) -> bool:
    if "password" in draft:
        return False
    blocks = [found] if found is not None else [draft.get("imap"), draft.get("smtp")]
    return any(isinstance(block, Mapping) and not _signs_in(block) for block in blocks if block)


def _signs_in(block: Mapping[str, object]) -> bool:
    auth = block.get("auth")
    return bool(
        block.get("useAuthServer") or (isinstance(auth, Mapping) and (auth.get("pass") or auth.get("accessToken")))
    )


def _with_login(change: Draft, block: str, user: str | None, password: str | None) -> Draft:
    for name, value in (("user", user), ("pass", password)):
        change = with_value(change, f"{block}.auth.{name}", value) if value else change
    return with_value(change, f"{block}.partial", True)
