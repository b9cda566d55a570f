"""Waits until an account is connected, or has a state that does not pass by itself."""

from __future__ import annotations

import time
from typing import Annotated, Final

import typer

from postroom.accounts.lifecycle import State
from postroom.cli.exits import ExitStatus
from postroom.cli.remote.calling import Remote

__all__ = ["WaitLimit", "wait_for_account"]

_PAUSE: Final = 0.5
_FAILED: Final = frozenset({State.AUTHENTICATION_ERROR, State.CONNECT_ERROR, State.DISCONNECTED, State.PAUSED})

WaitLimit = Annotated[
    float | None,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        help="Wait for at most so long until it is connected; exit 1 when it is not.",
        show_default=False,
    ),
]


def wait_for_account(call: Remote, account: str, seconds: float, former: str = "") -> ExitStatus:
    """Tell each state on the way; return OK once it is connected, else FAILED. Raises ApiError.

    `former` is the `stateSince` of the state before the command, which does not count.
    """
    deadline = time.monotonic() + seconds
    told = None
    while True:
        known = call.client.accounts.get(account)
        is_new = known["stateSince"] != former
        if is_new and known["state"] != told:
            told = known["state"]
            call.printer.remark(f"{account}: {told}")
        if told in (State.CONNECTED, State.UNSET):
            return ExitStatus.OK
        left = deadline - time.monotonic()
        if told in _FAILED or left <= 0:
            error = known["lastError"]
            said = f"{error['response']} {error.get('advice', '')}" if error else f"It is still {known['state']}."
            call.printer.remark(f"{account}: {said.strip()}")
            return ExitStatus.FAILED
        time.sleep(min(_PAUSE, left))
