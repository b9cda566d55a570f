"""The command line of the bench."""

from __future__ import annotations

import pytest

from bench.options import POSTGRES, SQLITE, USUAL_PARTS, Options, parse


def test_nothing_given_is_the_default() -> None:
    assert parse([]) == Options()
    assert parse([]).parts == USUAL_PARTS


@pytest.mark.parametrize(
    ("given", "engines"),
    [([], (SQLITE,)), (["--postgres"], (POSTGRES,)), (["--compare"], (SQLITE, POSTGRES))],
)
def test_engines(given: list[str], engines: tuple[str, ...]) -> None:
    assert parse(given).engines == engines


def test_one_engine_or_both() -> None:
    with pytest.raises(SystemExit):
        parse(["--postgres", "--compare"])


def test_parts_and_sizes_are_kept() -> None:
    options = parse(["--only", "quiet", "--first-sync", "100", "200"])
    assert (options.parts, options.first_sync) == (("quiet",), (100, 200))
