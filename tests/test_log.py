"""Log lines: one shape for all, and no secret in any of them. Each test configures a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from structlog.testing import capture_logs

from postroom.log import redact, tell_moves
from postroom.words.masking import MASK
from tests.fakes.strangers import NASTY, UNFIT


def written(code: str, style: str = "json", level: str = "info", ends: int = 0) -> str:
    script = f"import logging, sys, warnings\nfrom postroom.log import configure, get_logger\n{code}"
    script = script.replace("CONFIGURE", f"configure({level!r}, {style!r})")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("", ends)
    return done.stderr


def lines(code: str, level: str = "info", ends: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(code, level=level, ends=ends).splitlines()]


def test_lines_of_ours_of_libraries_and_of_python_have_one_shape() -> None:
    found = lines(
        "CONFIGURE\n"
        "get_logger('room').info('ours', account='a')\n"
        "logging.getLogger('uvicorn.error').warning('theirs %s', 1)\n"
        "warnings.warn('careful')\n"
    )
    assert [(line["room"], line["event"], line["level"]) for line in found[:2]] == [
        ("room", "ours", "info"),
        ("uvicorn.error", "theirs 1", "warning"),
    ]
    assert (found[2]["room"], found[2]["level"]) == ("py.warnings", "warning")
    assert "careful" in found[2]["event"]
    assert all(line["timestamp"] for line in found)


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_logger('room').exception('failed')\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.getLogger('asyncio').exception('failed')\n",
        "1 / 0\n",
    ],
)
def test_a_traceback_is_in_its_line(code: str) -> None:
    (line,) = lines(f"CONFIGURE\n{code}", ends=0 if code.startswith("try") else 1)
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_line_and_its_end_are_one_write(style: str) -> None:
    """The workers of a machine share a stream: two writes let the lines of two of them run into one another."""
    code = (
        "class Stream:\n"
        "    def __init__(self): self.writes = []\n"
        "    def write(self, text): self.writes.append(text)\n"
        "    def flush(self): pass\n"
        "    def isatty(self): return False\n"
        "real, sys.stderr = sys.stderr, Stream()\n"
        "CONFIGURE\n"
        "get_logger('room').info('ours')\n"
        "logging.getLogger('theirs').warning('theirs')\n"
        "real.write(repr([text.count('\\n') for text in sys.stderr.writes]))\n"
    )
    assert written(code, style) == "[1, 1]"


def test_what_libraries_do_well_is_told_to_who_debugs() -> None:
    code = "CONFIGURE\nlogging.getLogger('uvicorn.error').info('Started')\nget_logger('room').debug('attempt')\n"
    assert lines(code) == []
    assert [line["event"] for line in lines(code, level="debug")] == ["Started", "attempt"]


def test_a_stream_without_a_reader_stops_nobody() -> None:
    code = (
        "import os\n"
        "reader, writer = os.pipe()\n"
        "os.dup2(writer, 2)\n"
        "os.close(reader), os.close(writer)\n"
        "get_logger('room').info('before anything is configured')\n"
        "CONFIGURE\n"
        "get_logger('room').info('ours')\n"
        "logging.getLogger('theirs').warning('theirs')\n"
        "os._exit(7)\n"
    )
    written(code, ends=7)


def test_standard_output_is_left_alone_before_anything_is_configured() -> None:
    assert "early" in written("get_logger('room').info('early')\n")


def test_lines_say_what_they_are_about_in_tasks_and_libraries_too() -> None:
    found = lines(
        "import asyncio\n"
        "from postroom.log import about\n"
        "CONFIGURE\n"
        "async def main():\n"
        "    with about(account='a', event_id='e'):\n"
        "        get_logger('room').info('one')\n"
        "        logging.getLogger('lib').warning('two')\n"
        "        async with asyncio.TaskGroup() as group:\n"
        "            group.create_task(inner())\n"
        "    get_logger('room').info('four')\n"
        "async def inner():\n"
        "    with about(queue_id='q'):\n"
        "        get_logger('room').info('three', account='another')\n"
        "asyncio.run(main())\n"
    )
    told = [(line["event"], line.get("account"), line.get("event_id"), line.get("queue_id")) for line in found]
    assert told == [
        ("one", "a", "e", None),
        ("two", "a", "e", None),
        ("three", "another", "e", "q"),
        ("four", None, None, None),
    ]


def test_configuring_anew_leaves_one_writer() -> None:
    assert len(lines("CONFIGURE\nCONFIGURE\nlogging.getLogger('x').error('once')\n")) == 1


@pytest.mark.parametrize("style", ["json", "console"])
def test_secrets_are_in_no_line(style: str) -> None:
    said = written(
        "CONFIGURE\n"
        "secret = 'hid' + 'den'\n"
        "get_logger('room').info('x', password=secret, nested={'accessToken': secret})\n"
        "get_logger('room').info('x', url=f'imap://ada:{secret}@host/')\n"
        "logging.getLogger('lib').error('GET https://host/?access_token=%s&page=1', secret)\n"
        "try:\n    raise ValueError(f'postgresql://ada:{secret}@host/db?password={secret}')\n"
        "except ValueError:\n    get_logger('room').exception('failed')\n",
        style,
    )
    assert "hidden" not in said
    assert said.count(MASK) >= 5
    assert "page=1" in said


def test_what_is_no_secret_is_left_alone() -> None:
    said = {"url": "https://example.com/a?page=2&q=x", "account": "ada@example.com", "password": None}
    assert redact(said) == said


def test_where_secrets_go_is_told_by_the_host() -> None:
    before = {"url": "https://user:pass@one.example:1/secret?key=1", "other": None, "third": "https://c.example/"}
    after = {"url": "http://two.example/secret", "other": "https://new.example", "third": "https://c.example/else"}
    with capture_logs() as logs:
        tell_moves("room", before, after, endpoint="x")
    (line,) = logs
    assert (line["event"], line["endpoint"], line["field"]) == ("secrets go elsewhere", "x", "url")
    assert (line["before"], line["after"]) == ("https://one.example:1", "http://two.example")


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_line_commands_a_terminal_or_forges_another(style: str) -> None:
    code = (
        f"said = {NASTY!r}\n"
        "CONFIGURE\n"
        "get_logger('room').info('ours', cause=said, listed=[{'x': said}])\n"
        "get_logger('room').info(said)\n"
        "logging.getLogger('theirs').warning('theirs %s', said)\n"
        "try:\n    raise ValueError(said)\nexcept ValueError:\n    get_logger('room').exception('failed')\n"
    )
    told = written(code, style)
    assert not UNFIT.search(told.replace("\u200b", "").replace("\u200d", ""))
    assert not [line for line in told.splitlines() if line.startswith(" * forged") and style == "json"]
    assert len(told.partition("failed")[0].splitlines()) == 4


@pytest.mark.parametrize(
    "text",
    [
        "https://anna:secret@example.com/",
        "see imap://a@b:c@host?x=1",
        "/v1/try?access_token=secret&page=1",
        "a?apikey=s",
    ],
)
def test_a_url_is_masked_wherever_it_stands(text: str) -> None:
    shown = redact(f"before {text} after")
    assert isinstance(shown, str)
    assert MASK in shown
    assert "secret" not in shown
    assert shown.startswith("before ")
