"""`postroom mail`: messages of an account, as the mail server has them now."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postroom.cli.exits import CommandLineError
from postroom.cli.remote.arguments import AMessage, AnAccount
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.output.tables import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.mail.shapes import AddressObject, MessageObject
    from postroom.schemas.answers.mail.lists import ListedMessage

__all__ = ["mail"]

mail = typer.Typer(help="Messages of an account.", no_args_is_help=True)


@mail.command("list")
@remote
def list_(
    call: Remote,
    account: AnAccount,
    folder: Annotated[str, typer.Option(help="A path, or a role such as \\Sent.")] = "INBOX",
    unseen: Annotated[bool, typer.Option("--unseen", help="Only messages that are not read yet.")] = False,
    search: Annotated[
        str | None, typer.Option(help="Only with this text in header or text.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The most to print.")] = 20,
) -> None:
    """List the messages of a folder, the newest first. `•` marks those that are not read yet."""
    size = min(limit, 1000)
    found: Iterator[ListedMessage]
    if search is not None:
        terms = {"text": search, **({"unseen": True} if unseen else {})}
        found = call.client.messages.search(account, terms, folder=folder, page_size=size)  # type: ignore[arg-type]
    else:
        found = call.client.messages.list(account, folder, unseen=unseen or None, page_size=size)
    columns: list[Column[ListedMessage]] = [
        Column("", lambda item: "•" if item.get("unseen") else " "),
        Column("date", lambda item: item.get("date")),
        Column("from", lambda item: _address(item.get("from"))),
        Column("subject", lambda item: item.get("subject")),
        Column("id", lambda item: item["id"]),
    ]
    call.printer.rows(columns, islice(found, limit), none="There are no such messages.")


@mail.command("show")
@remote
def show(
    call: Remote,
    account: AnAccount,
    message: AMessage,
    seen: Annotated[bool, typer.Option("--mark-seen", help="Mark it as read.")] = False,
) -> None:
    """Show the header and the text of a message."""
    found = call.client.messages.get(account, message, text_type="plain", mark_as_seen=seen)
    call.printer.item(found, _fields(found))
    call.printer.text(_text(found))


@mail.command("get")
@remote
def get(
    call: Remote,
    account: AnAccount,
    message: AMessage,
    attachment: Annotated[
        str | None,
        typer.Option(help="The id of a file in it, which `mail show` tells, instead of the whole.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file; standard output by default.", show_default=False)
    ] = None,
) -> None:
    """Download a message as it is (RFC 5322, .eml), or a file in it."""
    if output is None and sys.stdout.isatty() and attachment is not None:
        raise CommandLineError("A file may be anything but text: name another place for it by --output FILE.")
    if attachment is not None:
        content = call.client.messages.attachment(account, attachment)
    else:
        content = call.client.messages.source(account, message)
    if output is None:
        _to_output(call, content)
    else:
        _to_file(output, content)
        call.printer.remark(f"{len(content)} bytes in {output}")


def _to_output(call: Remote, content: bytes) -> None:
    """Write the bytes as they are; a terminal gets them without what it would obey."""
    if sys.stdout.isatty():
        call.printer.text(content.decode("utf-8", "replace").replace("\r\n", "\n"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _to_file(path: Path, content: bytes) -> None:
    """Write a new file. Raises CommandLineError when there is one, because it may be another mail."""
    try:
        # Mail is private.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandLineError(f"{path} is there already. Name another file.") from error
    except OSError as error:
        raise CommandLineError(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _fields(message: MessageObject) -> Iterator[tuple[str, Cell]]:
    yield "from", _address(message.get("from"))
    yield "to", _addresses(message["to"])
    yield "cc", _addresses(message.get("cc", []))
    yield "date", message.get("date")
    yield "subject", message["subject"]
    yield "folder", message["path"]
    yield "flags", " ".join(message["flags"])
    for file in message.get("attachments", []):
        yield "file", f"{file.get('filename') or file['contentType']} ({file['encodedSize']} bytes) {file['id']}"


def _text(message: MessageObject) -> str:
    text = message.get("text", {})
    if plain := text.get("plain"):
        return f"\n{plain.rstrip()}{_cut(text.get('hasMore', False))}"
    return "\n(It has no text.)"


def _cut(has_more: bool) -> str:
    return "\n(There is more: `postroom mail get` downloads all of it.)" if has_more else ""


def _address(value: AddressObject | None) -> str:
    if value is None:
        return ""
    return f"{value['name']} <{value['address']}>" if value.get("name") else value["address"]


def _addresses(values: Iterable[AddressObject]) -> str:
    return ", ".join(_address(value) for value in values)
