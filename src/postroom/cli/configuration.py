"""Loads the settings of a command: options win, and an error names the variable of an unusable value."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from postroom.accounts.rights.allowed import LISTABLE, unlistable
from postroom.errors import Permanent
from postroom.settings import Settings, SettingsError


class NeedsPostgres(Permanent):
    """Several workers were requested, but SQLite is for one process."""

    code = "NeedsPostgres"


def load_settings(**options: Any) -> Settings:
    """Return the settings; an option of None was not given. Raises SettingsError."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error
    wrong = unlistable(settings.bound_token_fields)
    if wrong:
        raise SettingsError(
            f"The setting POSTROOM_BOUND_TOKEN_FIELDS cannot be used: it must not list {', '.join(wrong)}. "
            f"It may list {', '.join(sorted(LISTABLE))}."
        )
    return settings


def check_workers(settings: Settings) -> None:
    """Raise NeedsPostgres when several workers are requested on SQLite."""
    if settings.workers > 1 and settings.resolved_database_url.startswith("sqlite:"):
        raise NeedsPostgres(
            f"SQLite is for one process, and {settings.workers} workers are wanted. Use PostgreSQL "
            "(POSTROOM_DATABASE_URL=postgresql://…), or set POSTROOM_WORKERS to 1."
        )


def _sentence(error: ValidationError) -> str:
    return " ".join(_one(problem) for problem in error.errors(include_url=False, include_input=False))


def _one(problem: Any) -> str:
    name = "_".join(str(part) for part in problem["loc"][:1]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"The setting POSTROOM_{name} cannot be used: {message[:1].lower()}{message[1:]}."
