"""`postroom account diagnose`: what is wrong with an account, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from postroom.cli.exits import ExitStatus
from postroom.cli.remote.arguments import AnAccount
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.output.tables import Column, print_table
from postroom.cli.remote.output.terminal import plain

if TYPE_CHECKING:
    from postroom.schemas.answers.discovery import Diagnosis, ExaminedStep

__all__ = ["diagnose"]

_STYLE: Final = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


@remote
def diagnose(call: Remote, account: AnAccount) -> None:
    """Sign in to the mail servers of an account step by step, and say what is wrong and what to do.

    Exit 1 when it cannot connect.
    """
    call.printer.remark("Signing in; this takes up to 90 seconds…", "dim")
    found = call.client.accounts.diagnose(account)
    if call.printer.as_json:
        call.printer.json_line(found)
    else:
        _print(call, found)
    if not found["success"]:
        raise typer.Exit(ExitStatus.FAILED)


def _print(call: Remote, found: Diagnosis) -> None:
    columns: list[Column[ExaminedStep]] = [
        Column("protocol", lambda step: step["protocol"]),
        Column("step", lambda step: step["step"]),
        Column("result", lambda step: plain(step["result"], _STYLE.get(step["result"], ""))),
        Column("ms", lambda step: step["time"]),
        Column("remark", lambda step: step.get("response") or step.get("remark")),
    ]
    print_table(call.printer.streams.results, columns, found["steps"])
    verdict = found["verdict"]
    call.printer.line("")
    for sentence in (verdict["cause"], verdict["cure"], *verdict["remarks"]):
        if sentence:
            call.printer.line(sentence)
