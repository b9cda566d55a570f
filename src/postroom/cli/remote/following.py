"""Which account a command follows: one that is there, unless it shall wait for one."""

from __future__ import annotations

from typing import Annotated

import typer

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.calling import Remote
from postroom.client.errors import Forbidden, NotFound

__all__ = ["WaitForAccount", "demand_account"]

WaitForAccount = Annotated[
    bool,
    typer.Option("--wait-for-account", help="Go on although there is no such account; it may come, or is deleted."),
]


def demand_account(call: Remote, account: str | None) -> None:
    """Refuse an account that the gateway does not have, because nothing would ever come. Raises CommandLineError."""
    if account is None:
        return
    try:
        call.client.accounts.get(account)
    except NotFound:
        raise CommandLineError(
            f"There is no account {account}. Give --wait-for-account to wait for it, or if it was deleted.",
            ExitStatus.NOT_FOUND,
        ) from None
    except Forbidden:
        # A token may be allowed to follow events and not to read accounts.
        return
