"""House rule: rooms know only the rooms they need. The order of the layers is in `.importlinter`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house.modules import Module, product_modules, sample

# The rooms that may import a room; all others may not.
USERS = {
    "postroom.imap": (
        *("postroom.imap", "postroom.connections", "postroom.mail", "postroom.sessions"),
        *("postroom.sync", "postroom.mailboxes"),
    ),
    "postroom.mail.mime": ("postroom.mail", "postroom.imap", "postroom.submission"),
    "postroom.supervisor": ("postroom.supervisor", "postroom.composition"),
    "postroom.api": ("postroom.api", "postroom.app", "postroom.composition", "postroom.cli"),
    "postroom.web": ("postroom.web", "postroom.composition"),
    "postroom.cli": ("postroom.cli", "postroom.__main__"),
}


def uninvited(module: Module) -> Iterator[str]:
    for name, line in module.imports():
        for room, users in USERS.items():
            if Module(name, "", "").is_in(room) and not module.is_in(*users):
                yield f"{module.path}:{line}: imports {name}; only {', '.join(users)} may"


def test_rooms_are_entered_only_by_those_who_may() -> None:
    assert [problem for module in product_modules() for problem in uninvited(module)] == []


@pytest.mark.parametrize(
    "name", ["postroom.api.handlers.accounts", "postroom.web.sign_in.pages", "postroom.accounts.service"]
)
def test_uninvited_imports_are_caught(name: str) -> None:
    text = "from postroom.imap.wire import Framer\nimport postroom.supervisor.runner\nfrom postroom import imap"
    assert len(list(uninvited(sample(text, name)))) == 3
    assert list(uninvited(sample("from postroom.imap import wire", "postroom.sync.account.engine"))) == []
