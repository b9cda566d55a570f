"""The process beside the tests: started, asked, ended."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from postroom.testing.beside import BesideFailed, ProcessBeside, process_beside

pytestmark = pytest.mark.programs

STARTED = """\
import json, os, sys, time
print(json.dumps({"control": "http://127.0.0.1:1"}), flush=True)
"""
UNTIL_THE_END = "sys.stdin.read()\n"


def program(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def test_a_program_that_does_not_start_is_told_with_its_last_lines() -> None:
    failing = program("import sys; sys.exit('no database driver')")
    with pytest.raises(BesideFailed, match="did not start:\nno database driver"), process_beside(failing):
        pass


def test_one_that_does_not_answer_is_told_with_the_request() -> None:
    gone = program(STARTED)
    with process_beside(gone) as beside, pytest.raises(BesideFailed, match=r"does not answer \(POST /stages\)"):
        beside.open_stage()


@pytest.mark.long
def test_a_gateway_that_cannot_start_is_told_with_the_reason() -> None:
    text = """
from postroom.testing import process, stage

async def run(self):
    raise RuntimeError("no gateway today")

stage.Stage.run = run
process.main()
"""
    with process_beside(program(text)) as beside, pytest.raises(BesideFailed, match="RuntimeError: no gateway today"):
        beside.open_stage()


def test_it_ends_when_its_input_ends(tmp_path: Path) -> None:
    left = tmp_path / "left"
    with process_beside(program(f"{STARTED}{UNTIL_THE_END}open({str(left)!r}, 'w')")):
        assert not left.exists()
    assert left.exists()


def test_ctrl_c_is_not_for_it() -> None:
    with process_beside(program(f"{STARTED}print(os.getpgid(0), file=sys.stderr)\n{UNTIL_THE_END}")) as beside:
        assert int(lines(beside)) != os.getpgid(0)


def test_its_log_is_read_once_while_it_goes_on_writing(tmp_path: Path) -> None:
    go = tmp_path / "go"
    waiting = f"while not os.path.exists({str(go)!r}): time.sleep(0.005)\n"
    text = f"{STARTED}print('one', file=sys.stderr)\n{waiting}print('two', file=sys.stderr)\n{UNTIL_THE_END}"
    with process_beside(program(text)) as beside:
        assert lines(beside) == "one\n"
        assert beside.new_lines() == ""
        go.touch()
        assert lines(beside) == "two\n"


def test_stages_do_not_know_each_other(postroom_process: ProcessBeside) -> None:
    one, two = postroom_process.open_stage(), postroom_process.open_stage()
    assert one.url != two.url
    assert one.token not in repr(one)
    ports = one.open_mailbox("ada@example.test", "password")
    assert (ports.host, one.sent(), one.webhooks()) == ("127.0.0.1", [], [])
    one.close()
    with pytest.raises(BesideFailed, match="404"):
        one.sent()
    assert two.sent() == []
    two.close()


def lines(beside: ProcessBeside) -> str:
    """The next lines of its log, once it wrote some."""
    deadline = time.monotonic() + 30
    while not (told := beside.new_lines()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return told
