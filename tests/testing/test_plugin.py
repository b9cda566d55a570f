"""The plugin in a project of somebody else: the examples of its document, run by pytest as printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.house.modules import PROJECT

DOCUMENT = (PROJECT / "docs/testing-your-program.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


def configure(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")


def run_pytest(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder with nothing of this project's configuration."""
    installed = any(each.name == "postroom" for each in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "postroom.testing.plugin")
    # The plugins of this project's own tests take seconds to load, and settings of a developer change what is tested.
    others = [each.name for each in entry_points(group="pytest11") if each.name not in ("postroom", "asyncio")]
    without = [argument for name in others for argument in ("-p", f"no:{name}")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "POSTROOM_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugin, *without]
    return subprocess.run(
        command, cwd=folder, env=environment | variables, capture_output=True, text=True, timeout=120, check=False
    )


FAILING = """\
def test_it(postroom):
    postroom.account("off", state=None, imap={"disabled": True, "host": "h", "port": 1})
    postroom.wait_for_event("messageNew", timeout=0)
"""


@pytest.mark.long
def test_the_examples_of_the_document_pass_as_printed_and_a_failure_is_explained(tmp_path: Path) -> None:
    assert len(EXAMPLES) == 5
    for number, example in enumerate(EXAMPLES):
        (tmp_path / f"test_example_{number}.py").write_text(example)
    (tmp_path / "test_failing.py").write_text(FAILING)
    configure(tmp_path)
    done = run_pytest(tmp_path)
    assert "1 failed, 6 passed" in done.stdout, done.stdout + done.stderr
    assert "NotInTime: No (other) messageNew came within 0 seconds: the events were accountAdded" in done.stdout
    assert done.stderr == ""


def test_a_proxy_of_the_environment_is_not_asked(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n"
        "@pytest.mark.asyncio\n"
        "async def test_it(async_postroom):\n"
        "    await async_postroom.account('shop')\n"
        "    assert (await async_postroom.client.accounts.get('shop'))['state'] == 'connected'\n"
        "    await async_postroom.wait_for_webhook('accountAdded')\n"
    )
    nobody = "http://127.0.0.1:1"
    done = run_pytest(tmp_path, HTTP_PROXY=nobody, http_proxy=nobody, ALL_PROXY=nobody, NO_PROXY="", no_proxy="")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_nothing_is_loaded_for_tests_that_do_not_ask(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.startswith('postroom')}\n"
        "    assert ours == {'postroom', 'postroom.testing', 'postroom.testing.plugin'}\n"
    )
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("missing", "test"),
    [
        ("pymap", "def test_it(postroom): ..."),
        ("pytest_asyncio", "def test_it(async_postroom): ..."),
        ("httpx", "def test_it(postroom): ..."),
    ],
)
def test_where_packages_are_missing_only_tests_that_need_them_fail(tmp_path: Path, missing: str, test: str) -> None:
    configure(tmp_path)
    (tmp_path / "test_it.py").write_text(f"{test}\n\ndef test_another(): ...\n")
    # What is missing is missing before pytest starts.
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "find_spec = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *more: None if name == {missing!r} else find_spec(name, *more)\n"
    )
    done = run_pytest(tmp_path, PYTHONPATH=str(tmp_path))
    assert "1 passed, 1 error" in done.stdout
    assert 'pip install "postroom[testing]"' in done.stdout


def test_the_plugin_is_announced_to_pytest() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"postroom": "postroom.testing.plugin"}


@pytest.mark.parametrize("name", ["url", "token", "client", "wait_for_event", "sent", "webhooks", "send_webhooks_to"])
def test_the_document_names_what_a_test_has(name: str) -> None:
    assert re.search(rf"^\| .*`{name}[`(]", DOCUMENT, re.MULTILINE)
