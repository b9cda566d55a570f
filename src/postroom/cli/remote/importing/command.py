"""`postroom account import`: registers the accounts of a file, with progress, and goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.entering import read_content
from postroom.cli.remote.importing.reading import read_batch
from postroom.cli.remote.importing.registering import STOPS, Registering
from postroom.cli.remote.importing.results import (
    DONE,
    ImportOutcome,
    OutcomeKind,
    ResultFile,
    demand_results,
    done_before,
)
from postroom.cli.remote.importing.rows import Batch, ImportRow
from postroom.cli.remote.importing.running import registered
from postroom.cli.remote.output.failures import sentence, status_of
from postroom.words.strangers import Secrets

__all__ = ["import_"]

_SHOWN: Final = 20
"""Failures that are told one by one; the result file has all."""


@remote
def import_(
    call: Remote,
    file: Annotated[Path, typer.Argument(help="CSV or JSON Lines; `-` for standard input.", show_default=False)],
    results: Annotated[
        Path | None, typer.Option(help="The result file; FILE.results.jsonl by default.", show_default=False)
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Update accounts whose id is taken; else they stay.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Sign in to each first; store none that fails.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Forget earlier results, and try every account.")] = False,
    at_once: Annotated[int, typer.Option("--parallel", min=1, max=64, help="Registrations at a time.")] = 4,
    encoding: Annotated[
        str | None, typer.Option(help="Of a file that is not UTF-8, such as cp1252.", show_default=False)
    ] = None,
) -> None:
    """Register the accounts of a file. The same command again goes on where it was interrupted.

    The first line of a CSV file has names of fields: account, email, password, imap.host, metadata.tenant and so on.
    docs/cli.md explains them. Exit 6 when some accounts could not be registered.
    """
    batch = read_batch(read_content(file), file.name, encoding)
    if dry_run:
        _tell_check(call, batch)
        return
    path = results or _beside(file)
    if again:
        demand_results(path)
    done = frozenset() if again else done_before(path, call.target.url, update=update)
    rows = [row for row in batch.rows if row.account not in done]
    skipped = len(batch.rows) - len(rows)
    with ResultFile(path, call.target.url, anew=again) as written:
        import_run = _Run(call, written, Counter())
        import_run.refuse(batch)
        import_run.work(rows, Registering(call.client, Secrets.of(call.target.token), update, verify), at_once)
    _tell_end(call, import_run.counted, skipped, path)


class _Run:
    """An import under way."""

    def __init__(self, call: Remote, written: ResultFile, counted: Counter[OutcomeKind]) -> None:
        self._call = call
        self._written = written
        self.counted = counted

    def refuse(self, batch: Batch) -> None:
        """Tell the lines that cannot be used."""
        for bad in batch.bad:
            self._take(ImportOutcome(bad.line, bad.account, OutcomeKind.INVALID, message=bad.why))

    def work(self, rows: list[ImportRow], registering: Registering, at_once: int) -> None:
        """Register accounts. Exits when there is no point in going on, or somebody interrupts it."""
        console = self._call.printer.streams.remarks
        progress = _progress(console) if console.is_terminal else None
        task = progress.add_task("importing", total=len(rows)) if progress is not None else None
        try:
            with progress or nullcontext():
                for outcome in registered(rows, registering.register, at_once):
                    self._take(outcome)
                    if progress is not None and task is not None:
                        progress.advance(task)
        except KeyboardInterrupt:
            self._stop("Interrupted.", ExitStatus.INTERRUPTED)
        except STOPS as error:
            self._stop(sentence(error, registering.secrets), status_of(error))

    def _take(self, outcome: ImportOutcome) -> None:
        self._written.add(outcome)
        self.counted[outcome.kind] += 1
        if self._call.printer.as_json:
            self._call.printer.json_line(outcome.as_json())
        elif outcome.kind not in DONE and _failures(self.counted) <= _SHOWN:
            named = f" ({outcome.account})" if outcome.account else ""
            self._call.printer.remark(f"line {outcome.line}{named}: {outcome.message}", "red")

    def _stop(self, why: str, status: ExitStatus) -> None:
        done = sum(self.counted[kind] for kind in DONE)
        raise CommandLineError(f"{why} {done} accounts are done; the same command again goes on with the rest.", status)


def _progress(console: object) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)  # type: ignore[arg-type]


def _beside(file: Path) -> Path:
    if str(file) == "-":
        raise CommandLineError("Name the result file by --results when the accounts come by standard input.")
    return file.with_name(f"{file.name}.results.jsonl")


def _failures(counted: Counter[OutcomeKind]) -> int:
    return sum(number for kind, number in counted.items() if kind not in DONE)


def _tell_check(call: Remote, batch: Batch) -> None:
    for bad in batch.bad:
        named = f" ({bad.account})" if bad.account else ""
        call.printer.remark(f"line {bad.line}{named}: {bad.why}", "red")
    call.printer.remark(f"{len(batch.rows)} accounts can be registered, {len(batch.bad)} lines cannot be used.")
    if batch.bad:
        raise typer.Exit(ExitStatus.PARTLY if batch.rows else ExitStatus.FAILED)


def _tell_end(call: Remote, counted: Counter[OutcomeKind], skipped: int, path: Path) -> None:
    told: Iterable[str] = (f"{number} {kind.value}" for kind in OutcomeKind if (number := counted[kind]))
    before = [f"{skipped} done before"] if skipped else []
    call.printer.remark(f"{', '.join([*told, *before]) or 'There are no accounts in it'}. Results: {path}")
    failures = _failures(counted)
    if failures:
        succeeded = sum(counted.values()) - failures + skipped
        raise typer.Exit(ExitStatus.PARTLY if succeeded else ExitStatus.FAILED)
