"""The result file of an import, also after the import was killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postroom.cli.exits import CommandLineError
from postroom.cli.remote.importing.results import ImportOutcome, OutcomeKind, ResultFile, done_before

GATEWAY = "http://gateway.example"


def write(path: Path, *outcomes: ImportOutcome, anew: bool = False) -> None:
    with ResultFile(path, GATEWAY, anew=anew) as results:
        for outcome in outcomes:
            results.add(outcome)


def outcome(account: str, kind: OutcomeKind) -> ImportOutcome:
    return ImportOutcome(2, account, kind, message="why" if kind is OutcomeKind.FAILED else "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The result file."""
    return tmp_path / "results.jsonl"


def test_without_a_file_nothing_is_done(path: Path) -> None:
    assert done_before(path, GATEWAY) == frozenset()


def test_what_succeeded_is_done(path: Path) -> None:
    write(path, *(outcome(kind.value, kind) for kind in OutcomeKind))
    assert done_before(path, GATEWAY) == {"registered", "updated", "existed"}
    first, *others = [json.loads(line) for line in path.read_text().splitlines()]
    assert first["gateway"] == GATEWAY
    assert [each["result"] for each in others] == [kind.value for kind in OutcomeKind]
    assert others[3]["message"] == "why"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_is_no_result_and_no_obstacle(path: Path) -> None:
    write(path, outcome("a", OutcomeKind.REGISTERED))
    with path.open("a") as file:
        file.write('{"line": 3, "account": "b", "resu')
    assert done_before(path, GATEWAY) == {"a"}
    write(path, outcome("c", OutcomeKind.EXISTED))
    assert done_before(path, GATEWAY) == {"a", "c"}


def test_with_update_an_account_that_only_existed_is_not_done(path: Path) -> None:
    write(path, *(outcome(kind.value, kind) for kind in OutcomeKind))
    assert done_before(path, GATEWAY, update=True) == {"registered", "updated"}


def test_a_later_result_adds_to_an_earlier_one(path: Path) -> None:
    write(path, outcome("a", OutcomeKind.FAILED))
    assert done_before(path, GATEWAY) == frozenset()
    write(path, outcome("a", OutcomeKind.REGISTERED))
    assert done_before(path, GATEWAY) == {"a"}


def test_anew_forgets_what_was(path: Path) -> None:
    write(path, outcome("a", OutcomeKind.REGISTERED))
    write(path, anew=True)
    assert done_before(path, GATEWAY) == frozenset()


def test_results_of_another_gateway_are_not_mistaken(path: Path) -> None:
    write(path, outcome("a", OutcomeKind.REGISTERED))
    with pytest.raises(CommandLineError, match=r"import to http://gateway\.example"):
        done_before(path, "http://other.example")


@pytest.mark.parametrize("content", ["account,name\n", '{"account": "a"}\n', "[1]\n"])
def test_another_file_is_not_taken_for_results(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(CommandLineError, match="has no results of an import"):
        done_before(path, GATEWAY)
