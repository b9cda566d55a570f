"""The diagram of states is a table on the site, with every arrow."""

from __future__ import annotations

from manual.diagrams import tables_of
from postroom.accounts.lifecycle import mermaid


def test_a_diagram_becomes_a_table() -> None:
    page = "Before\n\n```mermaid\nstateDiagram-v2\n    [*] --> init: registered\n    init --> up: attempt\n```\n\nAfter"
    rows = "| From | Trigger | To |\n|---|---|---|\n|  | registered | `init` |\n| `init` | attempt | `up` |"
    assert tables_of(page) == f"Before\n\n{rows}\n\nAfter"


def test_no_arrow_of_the_states_is_lost() -> None:
    table = tables_of(f"```mermaid\n{mermaid()}```")
    assert "mermaid" not in table
    assert len(table.splitlines()) - 2 == mermaid().count(" --> ")
