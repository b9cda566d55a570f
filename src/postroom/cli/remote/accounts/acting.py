"""`postroom account reconnect`, `disconnect` and `delete`: commands for one account or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer

from postroom.cli.exits import ExitStatus, together
from postroom.cli.remote.accounts.waiting import WaitLimit, wait_for_account
from postroom.cli.remote.arguments import AccountIds
from postroom.cli.remote.calling import Remote, remote
from postroom.cli.remote.entering import confirm
from postroom.cli.remote.output.failures import sentence, status_of
from postroom.client.errors import ApiError, TokenRefused, Unreachable
from postroom.words.strangers import Secrets

__all__ = ["delete", "disconnect", "reconnect"]


@remote
def reconnect(call: Remote, accounts: AccountIds, wait: WaitLimit = None) -> None:
    """Connect accounts anew, whatever they wait for."""
    if wait is None:
        _for_each(call, accounts, "reconnecting", call.client.accounts.reconnect)
        return
    former = {account: call.client.accounts.get(account)["stateSince"] for account in accounts}
    _for_each(call, accounts, "reconnecting", call.client.accounts.reconnect)
    statuses = [wait_for_account(call, account, wait, former[account]) for account in accounts]
    raise typer.Exit(together(statuses))


@remote
def disconnect(call: Remote, accounts: AccountIds) -> None:
    """Stop accounts until they are reconnected."""
    _for_each(call, accounts, "disconnected", call.client.accounts.disconnect)


@remote
def delete(
    call: Remote,
    accounts: AccountIds,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke the OAuth2 grant at the provider too.")] = False,
) -> None:
    """Delete accounts, and all that is stored for them. Their mail stays on the mail server."""
    named = accounts[0] if len(accounts) == 1 else f"these {len(accounts)} accounts"
    confirm(f"Delete {named} from {call.target.url}?", yes=yes)
    _for_each(call, accounts, "deleted", lambda account: call.client.accounts.delete(account, revoke=revoke))


def _for_each(call: Remote, accounts: Sequence[str], done: str, act: Callable[[str], Mapping[str, object]]) -> None:
    """Do it for each account, and say for each what came of it. Exits with the status of them together."""
    statuses: list[ExitStatus] = []
    for account in dict.fromkeys(accounts):
        try:
            answer = act(account)
        except (TokenRefused, Unreachable):
            # It would be the same for all others.
            raise
        except ApiError as error:
            statuses.append(status_of(error))
            call.printer.remark(f"{account}: {sentence(error, Secrets.of(call.target.token))}")
            continue
        statuses.append(ExitStatus.OK)
        if call.printer.as_json:
            call.printer.json_line(answer)
        else:
            call.printer.line(f"{account}: {done}")
    status = together(statuses)
    if status is not ExitStatus.OK:
        raise typer.Exit(status)
