"""The exit status of a command that did several things."""

from __future__ import annotations

import pytest

from postroom.cli.exits import CommandLineError, ExitStatus, together

OK, FAILED, MISSING, PARTLY = ExitStatus.OK, ExitStatus.FAILED, ExitStatus.NOT_FOUND, ExitStatus.PARTLY


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        ([], OK),
        ([OK, OK], OK),
        ([MISSING], MISSING),
        ([MISSING, MISSING], MISSING),
        ([MISSING, FAILED], FAILED),
        ([OK, MISSING], PARTLY),
        ([OK, PARTLY], PARTLY),
    ],
)
def test_several_ends_together(each: list[ExitStatus], expected: ExitStatus) -> None:
    assert together(each) == expected


def test_a_failure_carries_its_status() -> None:
    assert CommandLineError("not there", MISSING).status == 3
    assert CommandLineError("not there").status == 1
