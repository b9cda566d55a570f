"""House rule: a sign-in is one act. Only the room of sessions opens connections to IMAP and SMTP servers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, dotted, product_modules, sample

WAYS_IN = {"open_imap", "open_smtp", "check_smtp"}
# Where each of these is defined, and the only room that may use it.
MADE_IN = ("postroom.connections.clients",)
ROOM = "postroom.sessions"
# The modules that prepare credentials for a sign-in. The rooms above ask `sessions` for a session instead.
PREPARES = {
    "postroom.sessions.opening",
    "postroom.sessions.principal",
    "postroom.credentials.access_tokens",
    # It only needs a token and never signs in.
    "postroom.api.handlers.oauth2",
    # A trial renews a token in the same way as its account.
    "postroom.onboarding.trial",
    # It checks whether a token can be fetched.
    "postroom.onboarding.consent.app_check",
}
LOGINS = {"imap_login", "smtp_login"}


def breaches(module: Module) -> Iterator[str]:
    if not module.is_in(ROOM, *MADE_IN):
        for name, line in module.imports():
            if name.rpartition(".")[2] in WAYS_IN:
                yield f"{module.path}:{line}: imports {name}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func).rpartition(".")[2]
        if called in WAYS_IN and not module.is_in(ROOM):
            yield f"{module.path}:{node.lineno}: calls {called}"
        if called in LOGINS and not module.is_in(ROOM):
            yield f"{module.path}:{node.lineno}: calls {called}"
        if called == "prepare" and _has_refused(node) and module.name not in PREPARES:
            yield f"{module.path}:{node.lineno}: replaces a refused token"


def _has_refused(node: ast.Call) -> bool:
    return any(keyword.arg == "refused" for keyword in node.keywords)


def test_only_the_room_of_sessions_signs_in() -> None:
    assert [problem for module in product_modules() for problem in breaches(module)] == []


def test_the_ways_in_are_there_and_used() -> None:
    text = "\n".join(module.text for module in product_modules() if module.is_in(ROOM))
    assert all(f"{name}(" in text for name in ("open_imap", "open_smtp"))


@pytest.mark.parametrize(
    "text",
    [
        "from postroom.connections.clients.imap_client import open_imap",
        "async def f(): await imap_client.open_imap(endpoint)",
        "from postroom.connections.clients.smtp_client import open_smtp as way_in",
        "async def f(): await check_smtp(endpoint)",
        "login = imap_login(full, now=0)",
        "async def f(): await tokens.prepare('a', full, refused=token)",
    ],
)
def test_breaches_are_caught(text: str) -> None:
    assert len(list(breaches(sample(text)))) == 1


def test_the_room_itself_may() -> None:
    text = "from postroom.connections.clients.imap_client import open_imap\nasync def f(): await open_imap(endpoint)"
    assert list(breaches(sample(text, "postroom.sessions.opening"))) == []
