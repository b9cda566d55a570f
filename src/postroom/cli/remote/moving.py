"""`postroom import-emailengine`: moves accounts, OAuth2 applications and webhook settings from an EmailEngine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.entering import entered_secret, read_text

if TYPE_CHECKING:
    from postroom.moving.carrying_out import MoveOutcome, TakenStep
    from postroom.moving.inventory import Inventory
    from postroom.moving.plan import MovePlan

__all__ = ["import_emailengine"]

_SOURCE: Final = "EmailEngine"
_WHAT: Final = "What goes over"


Source = Annotated[
    str | None,
    typer.Option("--from", envvar="EMAILENGINE_URL", help="Its address.", show_default=False, rich_help_panel=_SOURCE),
]
SourceToken = Annotated[str | None, typer.Option(envvar="EMAILENGINE_TOKEN", hidden=True, show_default=False)]
SourceTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--from-token-file",
        help="Read its token from this file, `-` for standard input. EMAILENGINE_TOKEN has it too, or it is asked for.",
        show_default=False,
        rich_help_panel=_SOURCE,
    ),
]
Exports = Annotated[
    list[Path] | None,
    typer.Option(
        "--export",
        help="A file of its `export` command, or with secrets that its API masks; may be repeated.",
        show_default=False,
        rich_help_panel=_SOURCE,
    ),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", help="Only this one; may be repeated.", show_default=False, rich_help_panel=_WHAT),
]
WithSettings = Annotated[bool, typer.Option(help="The webhook settings too.", rich_help_panel=_WHAT)]
NotifyFrom = Annotated[
    str | None,
    typer.Option(
        help="Announce mail since this time (ISO 8601). By default only mail that comes after the move.",
        show_default=False,
        rich_help_panel=_WHAT,
    ),
]
CarryOut = Annotated[bool, typer.Option("--carry-out", help="Do it. Without this, only the plan is shown.")]


@remote
def import_emailengine(
    call: Remote,
    source: Source = None,
    source_token: SourceToken = None,
    source_token_file: SourceTokenFile = None,
    export: Exports = None,
    account: Accounts = None,
    settings: WithSettings = True,
    notify_from: NotifyFrom = None,
    carry_out: CarryOut = False,
) -> None:
    """Move from EmailEngine: show what goes over, what has no counterpart and what needs a person; then do it.

    EmailEngine is only read. Done again, it does what is left. docs/moving-from-emailengine.md explains the rest.
    """
    from postroom.moving.carrying_out import carry_out as carry
    from postroom.moving.carrying_out import look
    from postroom.moving.plan import Choices
    from postroom.moving.planning import plan_move

    found = _inventory(call, source, source_token, source_token_file, export or [])
    chosen = frozenset(account) if account else None
    unknown = sorted((chosen or frozenset()) - found.accounts.keys())
    if unknown:
        raise CommandLineError(f"EmailEngine has no account {', '.join(unknown)}.", ExitStatus.NOT_FOUND)
    plan = plan_move(found, look(call.client), Choices(notify_from, chosen, settings))
    _tell_plan(call, plan)
    if not carry_out:
        call.printer.remark("Nothing was done. The same command with --carry-out does it.")
        return
    _tell_outcome(call, carry(plan, call.client, progress=lambda step: _tell_step(call, step)))


def _inventory(
    call: Remote, source: str | None, token: str | None, token_file: Path | None, export: list[Path]
) -> Inventory:
    """Return what EmailEngine has, by its API and by the files. Raises SourceFailed, ExportUnreadable."""
    from postroom.moving.exported import read_export
    from postroom.moving.inventory import NOTHING, overlaid
    from postroom.moving.reading import read_api

    if source is None and not export:
        raise typer.BadParameter("give the address of the EmailEngine, or a file of its export", param_hint="--from")
    found = NOTHING
    if source is not None:
        known = token if token and token_file is None else entered_secret("Token", token_file, "--from-token-file")
        console = call.printer.streams.remarks
        columns = (TextColumn("reading accounts"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=None)
            found = read_api(source, known, progress=lambda read, of: progress.update(task, completed=read, total=of))
    for file in export:
        found = overlaid(found, read_export(read_text(file)))
    return found


def _tell_plan(call: Remote, plan: MovePlan) -> None:
    from postroom.moving.report import report_document, report_lines

    if call.printer.as_json:
        call.printer.json_line(report_document(plan))
        return
    for line in report_lines(plan):
        call.printer.line(line)


def _tell_step(call: Remote, step: TakenStep) -> None:
    if call.printer.as_json:
        told = {"kind": step.kind, "name": step.name, "result": step.result, "message": step.message}
        call.printer.json_line(told)
        return
    said = f": {step.message}" if step.message else ""
    call.printer.line(f"{step.number}/{step.of} {step.kind} {step.name}: {step.result}{said}")


def _tell_outcome(call: Remote, outcome: MoveOutcome) -> None:
    """Exits with FAILED when nothing went over, and with PARTLY when not all did."""
    from postroom.moving.carrying_out import StepResult

    if outcome.complete:
        call.printer.remark("Everything that can go over is there.")
        return
    went = any(step.result is not StepResult.REFUSED for step in outcome.steps)
    why = outcome.stopped or "Some were refused"
    status = ExitStatus.PARTLY if went else ExitStatus.FAILED
    raise CommandLineError(f"{why.rstrip('.')}. The same command again does what is left.", status)
