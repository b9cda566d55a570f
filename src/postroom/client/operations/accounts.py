"""Accounts: registered, read, changed, and told what to do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from postroom.client.operations.filters import AccountFilters, demand_known
from postroom.client.request import AnswerKind, ApiRequest, QueryValue, Repeat, Versioned, made, path
from postroom.client.walking import PageWalk

if TYPE_CHECKING:
    from postroom.schemas.answers import accounts, commands
    from postroom.schemas.answers.discovery import Diagnosis, FoundServers
    from postroom.schemas.answers.sign_in import FormUrl
    from postroom.schemas.answers.verification import Verified
    from postroom.schemas.requests.accounts import AccountChange, NewAccount
    from postroom.schemas.requests.discovery import Examine
    from postroom.schemas.requests.sign_in import NewForm
    from postroom.schemas.requests.verification import Verify

_SLOW = 180.0
"""Seconds for an answer that signs in to mail servers before it comes."""
_ACCOUNT = "/v1/account/{}"


def register(
    body: NewAccount, *, upsert: bool | None = None, verify: bool = False
) -> ApiRequest[accounts.Registered | accounts.Consent]:
    """Register an account. With `verify`, sign in first and store nothing if that fails."""
    query: dict[str, QueryValue] = {"upsert": upsert, "verify": verify or None}
    return made("POST", "/v1/account", query=query, body=body, timeout=_SLOW if verify else 0.0)


def page(*, page: int = 0, page_size: int = 20, **which: Unpack[AccountFilters]) -> ApiRequest[accounts.AccountsPage]:
    """Return one page of the accounts that match `state`, `health`, `provider`, `query` and `metadata`.

    They are in the order of their ids. `provider` is the host of the mail server, or the id of an OAuth2 application.
    """
    demand_known(which, AccountFilters)
    pairs = {f"metadata.{name}": value for name, value in (which.get("metadata") or {}).items()}
    wanted: dict[str, QueryValue] = {
        "page": page,
        "pageSize": page_size,
        "state": which.get("state"),
        "health": which.get("health"),
        "provider": which.get("provider"),
        "query": which.get("query"),
        **pairs,
    }
    return made("GET", "/v1/accounts", query=wanted)


def listed(*, page_size: int = 100, **which: Unpack[AccountFilters]) -> PageWalk[accounts.ListedAccount]:
    """Go through all accounts that match, in the order of their ids. The filters are those of a page."""
    demand_known(which, AccountFilters)
    return PageWalk(
        lambda number, size: page(page=number, page_size=size, **which),
        "accounts",
        lambda found: found["account"],
        page_size=page_size,
    )


def get(account: str, *, quota: bool = False) -> ApiRequest[accounts.Account]:
    """Return everything about an account. With `quota`, ask its mail server for the quota too."""
    return made("GET", path(_ACCOUNT, account), query={"quota": quota or None})


def read(account: str, *, quota: bool = False) -> ApiRequest[Versioned[accounts.Account]]:
    """Return everything about an account, and its version for `update(…, if_match=…)`."""
    return made("GET", path(_ACCOUNT, account), query={"quota": quota or None}, kind=AnswerKind.VERSIONED)


def update(
    account: str, body: AccountChange, *, verify: bool = False, if_match: str | None = None
) -> ApiRequest[accounts.Changed]:
    """Change an account; absent fields stay. With `if_match`, only if it still has this version, else Conflict."""
    return made(
        "PUT",
        path(_ACCOUNT, account),
        query={"verify": verify or None},
        body=body,
        headers={"If-Match": if_match},
        # The first request changes the version, so a second one would be refused although the change was made.
        repeat=Repeat.ALWAYS if if_match is None else Repeat.UNSTORED,
        timeout=_SLOW if verify else 0.0,
    )


def delete(account: str, *, revoke: bool = False) -> ApiRequest[accounts.Removed]:
    """Remove an account and everything stored for it. With `revoke`, revoke its OAuth2 grant too."""
    return made("DELETE", path(_ACCOUNT, account), query={"revoke": revoke or None})


def reconnect(account: str) -> ApiRequest[commands.ReconnectAnswer]:
    """Connect an account anew, whatever it waits for."""
    return made("PUT", path(f"{_ACCOUNT}/reconnect", account), body={"reconnect": True})


def disconnect(account: str) -> ApiRequest[commands.DisconnectAnswer]:
    """Stop an account until it is reconnected."""
    return made("PUT", path(f"{_ACCOUNT}/disconnect", account), body={"disconnect": True})


def sync(account: str) -> ApiRequest[commands.SyncAnswer]:
    """Look for changes in all folders now."""
    return made("PUT", path(f"{_ACCOUNT}/sync", account), body={"sync": True})


def flush(
    account: str, *, notify_from: datetime | str | None = None, indexer: str | None = None
) -> ApiRequest[commands.FlushAnswer]:
    """Discard what is stored about the mailbox and sync it anew; mail before `notify_from` (now) is not announced."""
    given = {"notifyFrom": notify_from, "imapIndexer": indexer}
    body = {"flush": True, **{name: value for name, value in given.items() if value is not None}}
    # By a second flush, "now" would be later, and mail in between would not be announced.
    return made("PUT", path(f"{_ACCOUNT}/flush", account), body=body, repeat=Repeat.UNSTORED)


def timeline_page(account: str, *, page: int = 0, page_size: int = 20) -> ApiRequest[accounts.Timeline]:
    """Return one page of the state changes of an account, newest first."""
    return made("GET", path(f"{_ACCOUNT}/timeline", account), query={"page": page, "pageSize": page_size})


def timeline(account: str, *, page_size: int = 100) -> PageWalk[accounts.StateChange]:
    """Go through the state changes of an account, newest first."""
    return PageWalk(
        lambda number, size: timeline_page(account, page=number, page_size=size),
        "timeline",
        lambda found: found["id"],
        page_size=page_size,
    )


def log(account: str) -> ApiRequest[str]:
    """Return what was last said to the mail servers of an account, if its `logs` are on. Secrets are masked."""
    return made("GET", path("/v1/logs/{}", account), kind=AnswerKind.TEXT)


def verify(body: Verify) -> ApiRequest[Verified]:
    """Sign in with settings and tell what came of it. Nothing is stored."""
    return made("POST", "/v1/verifyAccount", body=body, repeat=Repeat.UNRECEIVED, timeout=_SLOW)


def diagnose(account: str) -> ApiRequest[Diagnosis]:
    """Find out step by step why an account does not connect."""
    return made("POST", path(f"{_ACCOUNT}/diagnosis", account), repeat=Repeat.UNRECEIVED, timeout=_SLOW)


def diagnose_settings(body: Examine) -> ApiRequest[Diagnosis]:
    """Find out step by step what is wrong with settings. Nothing is stored."""
    return made("POST", "/v1/diagnosis", body=body, repeat=Repeat.UNRECEIVED, timeout=_SLOW)


def find_servers(email: str) -> ApiRequest[FoundServers]:
    """Find the mail servers of an address."""
    return made("GET", "/v1/autoconfig", query={"email": email}, timeout=_SLOW)


def sign_in_link(body: NewForm) -> ApiRequest[FormUrl]:
    """Make a link to the hosted sign-in, where a person adds an account."""
    return made("POST", "/v1/authentication/form", body=body)
