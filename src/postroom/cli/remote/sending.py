"""`postroom send`: writes a message, submits it, and can wait for its outcome."""

from __future__ import annotations

import base64
import mimetypes
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.arguments import AnAccount
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.entering import read_content, read_text
from postroom.cli.remote.outbox import message_fields

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.submitting import SubmittedMessage
    from postroom.schemas.requests.mail.submitting import NewSubmission

__all__ = ["send"]

_PAUSE: Final = 0.5
_OPEN: Final = frozenset({"queued", "sending"})
_KIND: Final = "application/octet-stream"

Addresses = Annotated[list[str] | None, typer.Option(help="May be repeated.", show_default=False)]
TextFile = Annotated[Path | None, typer.Option(help="Read it from a file, `-` for standard input.", show_default=False)]


@remote
def send(
    call: Remote,
    account: AnAccount,
    to: Addresses = None,
    cc: Addresses = None,
    bcc: Addresses = None,
    sender: Annotated[str | None, typer.Option("--from", help="Another sender.", show_default=False)] = None,
    reply_to: Addresses = None,
    subject: Annotated[str | None, typer.Option(help="The subject.", show_default=False)] = None,
    text: Annotated[str | None, typer.Option(help="The message as plain text.", show_default=False)] = None,
    text_file: TextFile = None,
    html_file: TextFile = None,
    attach: Annotated[list[Path] | None, typer.Option(help="A file; may be repeated.", show_default=False)] = None,
    raw: Annotated[
        Path | None, typer.Option(help="A whole message (.eml) instead, `-` for standard input.", show_default=False)
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="Not before this time (ISO 8601).", show_default=False)] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", help="A name for it: the same command again sends nothing twice.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the message and send nothing.")] = False,
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait",
            min=0,
            metavar="SECONDS",
            help="Wait for at most so long for its outcome; exit 1 when it was not sent.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Send a message from an account. It is stored before the command ends, and sent at most once."""
    body: dict[str, object] = {
        "to": _addresses(to),
        "cc": _addresses(cc),
        "bcc": _addresses(bcc),
        "replyTo": _addresses(reply_to),
        "from": {"address": sender} if sender else None,
        "subject": subject,
        "text": read_text(text_file) if text_file is not None else text,
        "html": read_text(html_file) if html_file is not None else None,
        "attachments": [_attachment(file) for file in attach or []],
        "raw": base64.b64encode(read_content(raw)).decode() if raw is not None else None,
        "sendAt": at,
        "dryRun": dry_run or None,
    }
    wanted = {name: value for name, value in body.items() if value}
    if not {"to", "cc", "bcc", "raw"} & wanted.keys():
        raise typer.BadParameter("name a recipient by --to, or give a whole message by --raw")
    answer = call.client.submissions.submit(account, cast("NewSubmission", wanted), idempotency_key=key)
    if dry_run:
        _preview(call, answer)
    elif wait is None:
        not_before = answer.get("sendAt") if at else None
        call.printer.item(answer, [("queue id", answer["queueId"]), ("not before", not_before)])
    else:
        call.printer.remark(f"Accepted as {answer['queueId']}.")
        _await(call, answer["queueId"], wait)


def _preview(call: Remote, answer: SubmittedMessage) -> None:
    if call.printer.as_json:
        call.printer.json_line(answer)
    else:
        call.printer.text(base64.b64decode(answer.get("preview", "")).decode("utf-8", "replace").replace("\r\n", "\n"))


def _await(call: Remote, queue_id: str, seconds: float) -> None:
    """Wait for the outcome of a message. Exits with FAILED when it was not sent."""
    deadline = time.monotonic() + seconds
    while (item := call.client.outbox.get(queue_id))["state"] in _OPEN and time.monotonic() < deadline:
        time.sleep(min(_PAUSE, max(0.0, deadline - time.monotonic())))
    call.printer.item(item, message_fields(item))
    if item["state"] != "sent":
        raise typer.Exit(ExitStatus.FAILED)


def _addresses(given: Sequence[str] | None) -> list[dict[str, str]]:
    return [{"address": each} for each in given or ()]


def _attachment(file: Path) -> dict[str, str]:
    if not file.is_file():
        raise CommandLineError(f"{file} is not a file.", ExitStatus.USAGE)
    kind = mimetypes.guess_type(file.name)[0] or _KIND
    return {"filename": file.name, "contentType": kind, "content": base64.b64encode(read_content(file)).decode()}
