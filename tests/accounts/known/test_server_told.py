"""What the mail server of an account told of itself."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.accounts.known.server_told import ServerTold

# As the version before typed values stored them.
ROWS: list[dict[str, Any]] = [
    {"greeting": "ready", "capabilities": []},
    {"greeting": "ready", "capabilities": ["IDLE"], "tls": "TLSv1.3"},
    {"greeting": "", "capabilities": ["IDLE"], "id": {"vendor": "Example"}, "name": "", "tls": "TLSv1.2"},
    {"greeting": "ready", "capabilities": ["IDLE", "NOTIFY"], "id": {"name": "Dovecot"}, "name": "Dovecot"},
]


@pytest.mark.parametrize("row", [*ROWS, {"greeting": "ready", "capabilities": [], "later": {"known": True}}])
def test_a_row_is_stored_as_it_was_read(row: dict[str, Any]) -> None:
    assert orjson.dumps(ServerTold.of_row(row).as_row()) == orjson.dumps(row)


def test_a_row_without_some_members_opens() -> None:
    assert ServerTold.of_row({"name": "Dovecot"}) == ServerTold(name="Dovecot")
    assert ServerTold.of_row({}).as_row() == {"greeting": "", "capabilities": ()}
