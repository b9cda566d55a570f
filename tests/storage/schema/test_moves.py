"""What is known of moves goes with its account."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.storage.schema.moves import message_moves, moves_under_way


@pytest.mark.parametrize("table", [message_moves, moves_under_way], ids=lambda table: table.name)
def test_rows_go_with_their_account(table: sa.Table) -> None:
    (key,) = table.c.account_key.foreign_keys
    assert (key.target_fullname, key.ondelete) == ("accounts.key", "CASCADE")


def test_a_message_is_told_of_by_its_place() -> None:
    assert [column.name for column in message_moves.primary_key] == ["account_key", "number", "uid"]
