"""What is read from a file of accounts: drafts, and lines that cannot be used. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from postroom.cli.remote.accounts.drafts import Draft, completed, needs_servers, problems
from postroom.footprint.dataclass import dataclass

__all__ = ["BadRow", "Batch", "ImportRow", "checked"]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An account to register. `line` is where it begins in the file."""

    line: int
    account: str
    draft: Draft = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be used, and why. `account` is "" when it is not known."""

    line: int
    why: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """All accounts of a file, in order, and all lines that cannot be used."""

    rows: tuple[ImportRow, ...]
    bad: tuple[BadRow, ...]


def checked(drafts: Iterable[tuple[int, Draft] | BadRow]) -> Batch:
    """Check drafts, each with its line, as far as that is possible without the gateway."""
    rows: dict[str, ImportRow] = {}
    bad: list[BadRow] = []
    for each in drafts:
        found = each if isinstance(each, BadRow) else _one(*each)
        if isinstance(found, BadRow):
            bad.append(found)
        elif (earlier := rows.get(found.account)) is not None:
            bad.append(BadRow(found.line, f"the account is in line {earlier.line} already", found.account))
        else:
            rows[found.account] = found
    return Batch(tuple(rows.values()), tuple(bad))


def _one(line: int, draft: Draft) -> ImportRow | BadRow:
    body = completed(draft)
    account = body.get("account")
    if not isinstance(account, str) or not account.strip():
        return BadRow(line, "it has no `account` and no `email`")
    faults = problems(body)
    if faults:
        return BadRow(line, "; ".join(faults), account)
    if not needs_servers(draft) and not any(body.get(name) for name in ("imap", "smtp", "oauth2")):
        return BadRow(line, "it names no mail server and has no `email` to find one by", account)
    return ImportRow(line, account, draft)
