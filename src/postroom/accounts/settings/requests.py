"""Checks a registration or a change by itself, before it is applied to stored settings. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.accounts.settings.placeholders import find_masked
from postroom.accounts.settings.problems import Problem, problems
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings

__all__ = ["is_storable", "new_problems", "registration_problems", "sent_problems", "tried_problems", "unstorable"]

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def sent_problems(change: Document) -> list[Problem]:
    """Return what must not be sent: placeholders, and two secrets for one sign-in."""
    return _sent_problems(change, settings_of(change))


def _sent_problems(change: Document, settings: AccountSettings) -> list[Problem]:
    found = find_masked(change)
    for name, server in (("imap", settings.imap), ("smtp", settings.smtp)):
        auth = server.auth if server is not None else None
        if auth is not None and auth.password and auth.access_token:
            path = f"{name}.auth.accessToken"
            found.append(Problem(path, f'"{path}" takes the place of "{name}.auth.pass": send one of them'))
    return found


def tried_problems(body: Document) -> list[Problem]:
    """Return every problem of settings that are tried and not stored."""
    settings = settings_of(body)
    return [*_sent_problems(body, settings), *problems(settings)]


def registration_problems(body: Document) -> list[Problem]:
    """Return what only a registration must contain: a protocol to receive with, or `smtp` for sending alone."""
    return _registration_problems(settings_of(body))


def _registration_problems(sent: AccountSettings) -> list[Problem]:
    if sent.imap is not None or sent.oauth2 is not None or sent.smtp is not None:
        return []
    return [Problem("imap", "either imap or oauth2 is required; for a send-only account, smtp")]


def new_problems(body: Document) -> list[Problem]:
    """Return every problem of the body of a registration, each field once."""
    found: dict[str, Problem] = {}
    settings = settings_of(body)
    for problem in (*_sent_problems(body, settings), *_registration_problems(settings), *problems(settings)):
        found.setdefault(problem.key, problem)
    return list(found.values())


def unstorable(body: Document) -> list[Problem]:
    """Return the names that no database column can hold, because of NUL or half of a surrogate pair."""
    pairs = body.get("metadata") or {}
    texts = {"account": body.get("account"), "name": body.get("name"), "email": body.get("email")}
    texts |= {f"metadata.{name}": f"{name}{value}" for name, value in pairs.items()}
    return [
        Problem(path, f'"{path}" holds a character that is not text (NUL or half a surrogate pair)')
        for path, text in texts.items()
        if isinstance(text, str) and not is_storable(text)
    ]


def is_storable(text: str) -> bool:
    """Return whether every database accepts this text."""
    return _UNSTORABLE.search(text) is None
