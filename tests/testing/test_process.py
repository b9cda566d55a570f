"""The process as a program: its first line, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest


@pytest.mark.long
def test_it_tells_where_it_is_controlled_and_ends_with_its_input() -> None:
    command = (sys.executable, "-m", "postroom.testing.process")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = json.loads(process.stdout.readline())["control"]
        with urllib.request.urlopen(urllib.request.Request(f"{url}/stages", method="POST")) as answer:
            assert json.loads(answer.read())["url"].startswith("http://127.0.0.1:")
        # A stage is open still.
        process.stdin.close()
        assert process.wait(60) == 0
