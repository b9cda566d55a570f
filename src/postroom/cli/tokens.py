"""`postroom token`: issues, lists and revokes API tokens in the database; the gateway need not run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from postroom.access.service import NewToken, Tokens
from postroom.access.tokens import SCOPES, InvalidExpiry, NoSuchAccount, Token, TokenNotFound, token_id
from postroom.clock import from_iso, iso
from postroom.errors import Permanent
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.opening import naming
from postroom.words.terminal import say

T = TypeVar("T")
_ALL = 1_000_000


class InvalidToken(Permanent):
    """The token cannot be made or found; the message says what to do."""

    code = "InvalidToken"


def issue(
    settings: Settings, description: str, scopes: tuple[str, ...], account: str | None, expires: str | None
) -> str:
    """Make a token and return it. Raises InvalidToken, StorageFailed."""
    new = NewToken(_checked_text(description), _checked(scopes), account, expires_at=_moment(expires))
    try:
        return _with_tokens(settings, lambda tokens: tokens.issue(new)).secret
    except NoSuchAccount as error:
        raise InvalidToken(f"There is no account {account!r}. Register it first, or leave --account out.") from error
    except InvalidExpiry as error:
        raise InvalidToken(f"--expires {expires} has passed already. Give a time in the future.") from error


def list_all(settings: Settings) -> list[Token]:
    """Return every token, newest first. Raises InvalidToken, StorageUnavailable."""
    _check_there(settings)
    return _with_tokens(settings, lambda tokens: tokens.list_page(page_size=_ALL))[1]


def revoke(settings: Settings, token: str) -> None:
    """Revoke a token; `token` is its id or the token itself, which look alike. Raises InvalidToken."""

    async def work(tokens: Tokens) -> None:
        for id_ in filter(None, (token, token_id(token))):
            try:
                return await tokens.remove(id_)
            except TokenNotFound:
                continue
        raise InvalidToken("There is no such token. `postroom token list` shows the ids.")

    _check_there(settings)
    _with_tokens(settings, work)


def show(tokens: list[Token], console: Console) -> None:
    """Print a line per token, with full ids that can be copied."""
    rows: list[tuple[str, ...]] = [("id", "issued", "expires", "last used", "scopes", "account", "description")]
    rows += [_row(token) for token in tokens]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say(console, Text(line.rstrip()))


def _row(token: Token) -> tuple[str, ...]:
    times = (iso(at) if at is not None else "-" for at in (token.created_at, token.expires_at, token.used_at))
    return token.id, *times, ",".join(token.scopes), token.account or "-", token.description


def _check_there(settings: Settings) -> None:
    """Raise InvalidToken when there is no database, instead of making an empty one."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise InvalidToken(f"There is no database {file}. Set POSTROOM_DATA_DIR to where the gateway has it.")


def _with_tokens(settings: Settings, work: Callable[[Tokens], Awaitable[T]]) -> T:
    async def run() -> T:
        database = open_database(settings.resolved_database_url)
        await database.start()
        try:
            await database.migrate()
            return await work(Tokens(database))
        finally:
            await database.close()

    with naming(settings.resolved_database_url):
        return asyncio.run(run())


def _checked(scopes: tuple[str, ...]) -> tuple[str, ...]:
    for scope in scopes:
        if scope not in SCOPES:
            raise InvalidToken(f"--scope {scope} is not known. It is one of {', '.join(SCOPES)}.")
    return tuple(dict.fromkeys(scopes))


def _checked_text(description: str) -> str:
    if not description.strip():
        raise InvalidToken("--description is empty. Say what the token is for.")
    return description.strip()


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError as error:
        raise InvalidToken(f"--expires {text} is not an ISO 8601 date such as 2027-01-31.") from error
