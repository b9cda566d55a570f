"""`postroom account import` against a real gateway, also when it is killed, interrupted, or loses the gateway."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.waiting import eventually
from tests.flows.gateway import TOKEN, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLES = "account;imap.host;imap.port;imap.disabled;imap.user;imap.password"


def csv(*accounts: str) -> str:
    return "\r\n".join([TITLES, *(f"{account};127.0.0.1;1;true;u;hidden-hidden" for account in accounts), ""])


def many(number: int) -> list[str]:
    return [f"a{each:04}" for each in range(number)]


def results(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


async def accounts(gateway: Gateway) -> set[str]:
    return {each["account"] for each in (await gateway.ask("GET", "/v1/accounts?pageSize=1000"))["accounts"]}


async def test_a_file_of_excel_with_broken_lines(gateway: Gateway, person: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_bytes(b"\xef\xbb\xbf" + (csv("ä", "b") + "c;127.0.0.1;99999;;;hidden-hidden\r\n;;1\r\nb;x\r\n").encode())
    done = await person.run("account", "import", str(file))
    assert done.status == 6
    assert [line.partition(":")[0] for line in done.err.splitlines()[:3]] == ["line 4 (c)", "line 5", "line 6 (b)"]
    assert done.err.splitlines()[-1].startswith("2 registered, 3 invalid. Results: ")
    assert await accounts(gateway) == {"ä", "b"}
    path = tmp_path / "accounts.csv.results.jsonl"
    assert {each["account"]: each["result"] for each in results(path)} == {
        "c": "invalid",
        "": "invalid",
        "b": "registered",
        "ä": "registered",
    }
    assert "hidden-hidden" not in path.read_text() + done.out + done.err


async def test_the_same_again_does_only_what_is_left(gateway: Gateway, person: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(csv("a", "b"))
    assert (await person.run("account", "import", str(file))).status == 0
    await gateway.delete("a")
    again = await person.run("account", "import", str(file))
    assert (again.status, "2 done before" in again.err) == (0, True)
    assert await accounts(gateway) == {"b"}
    anew = await person.run("account", "import", str(file), "--again")
    assert (anew.status, "1 registered, 1 existed" in anew.err) == (0, True)


async def test_no_other_file_is_overwritten(person: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(csv("a"))
    for options in (["--again"], []):
        done = await person.run("account", "import", str(file), "--results", str(file), *options)
        assert (done.status, "has no results" in done.err) == (2, True)
        assert file.read_text() == csv("a").replace("\r\n", "\n")


async def test_update_goes_on_with_those_that_existed(gateway: Gateway, person: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(csv("a"))
    await gateway.register("a", {"host": "127.0.0.1", "port": 1, "disabled": True}, name="old")
    assert "1 existed" in (await person.run("account", "import", str(file))).err
    assert "1 updated" in (await person.run("account", "import", str(file), "--update")).err
    assert (await gateway.ask("GET", "/v1/account/a"))["name"] == "a"


async def test_json_lines_are_told_as_json_lines(gateway: Gateway, person: CommandLine, tmp_path: Path) -> None:
    block = {"host": "127.0.0.1", "port": 1, "disabled": True}
    lines = [json.dumps({"account": name, "imap": block}) for name in ("a", "b")]
    (tmp_path / "accounts.jsonl").write_text("\n".join(lines))
    found = await person.read("account", "import", str(tmp_path / "accounts.jsonl"))
    assert {(each["line"], each["account"], each["result"]) for each in found} == {
        (1, "a", "registered"),
        (2, "b", "registered"),
    }


async def test_a_dry_run_sends_nothing(gateway: Gateway, person: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(csv("a", "b", "a"))
    done = await person.run("account", "import", str(tmp_path / "accounts.csv"), "--dry-run")
    assert (done.status, "2 accounts can be registered, 1 lines" in done.err) == (6, True)
    assert await accounts(gateway) == set()
    assert len(list(tmp_path.glob("*.csv*"))) == 1


async def test_accounts_from_standard_input_need_a_place_for_results(
    gateway: Gateway, person: CommandLine, tmp_path: Path
) -> None:
    assert (await person.run("account", "import", "-", stdin=csv("a").encode())).status == 1
    named = ("account", "import", "-", "--results", str(tmp_path / "r"))
    assert (await person.run(*named, stdin=csv("a").encode())).status == 0
    assert await accounts(gateway) == {"a"}


async def test_a_wrong_token_ends_it_at_once(gateway: Gateway, stranger: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(csv(*many(10)))
    options = ("--url", gateway.url, "--token", "wrong")
    done = await stranger.run("account", "import", str(tmp_path / "accounts.csv"), *options)
    assert done.status == 4
    assert "0 accounts are done" in done.err
    assert len(done.err.splitlines()) == 1


@asynccontextmanager
async def slow(gateway: Gateway, folder: Path) -> AsyncIterator[tuple[CommandLine, FaultProxy]]:
    """Somebody whose way to the gateway is so slow that an import takes seconds."""
    host, port = gateway.url.removeprefix("http://").split(":")
    async with FaultProxy(host, int(port)) as proxy:
        proxy.delay(0.05)
        yield CommandLine(folder, f"http://127.0.0.1:{proxy.port}", TOKEN), proxy


async def begun(path: Path) -> None:
    await eventually(lambda: path.exists() and len(path.read_text().splitlines()) > 4, what="some results")


@pytest.mark.long
async def test_what_was_killed_goes_on_and_registers_each_once(gateway: Gateway, tmp_path: Path) -> None:
    file, path = tmp_path / "accounts.csv", tmp_path / "accounts.csv.results.jsonl"
    file.write_text(csv(*many(40)))
    async with slow(gateway, tmp_path) as (person, _):
        with person.process("account", "import", str(file), "--parallel", "2") as started:
            await begun(path)
            started.process.kill()
            await asyncio.to_thread(started.process.wait)
        assert 0 < len(await accounts(gateway)) < 40
        done = await person.run("account", "import", str(file), "--parallel", "8")
    assert done.status == 0, done
    assert await accounts(gateway) == set(many(40))
    told = [each["account"] for each in results(path)]
    assert sorted(told) == many(40)
    # Those that were under way when it was killed.
    assert [each["result"] for each in results(path)].count("existed") <= 2


@pytest.mark.long
async def test_ctrl_c_tells_how_far_it_came(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(csv(*many(40)))
    async with slow(gateway, tmp_path) as (person, _):
        with person.process("account", "import", str(file), "--parallel", "2") as started:
            await begun(tmp_path / "accounts.csv.results.jsonl")
            assert await asyncio.to_thread(started.stop, signal.SIGINT) == 130
    (told,) = [line for line in started.errors if "Interrupted." in line]
    assert f"{len(await accounts(gateway))} accounts are done" in told
    assert not [line for line in started.errors if "Traceback" in line]


@pytest.mark.long
async def test_a_gateway_that_goes_away_stops_it_and_nothing_is_lost(gateway: Gateway, tmp_path: Path) -> None:
    file, path = tmp_path / "accounts.csv", tmp_path / "results"
    file.write_text(csv(*many(40)))
    async with slow(gateway, tmp_path) as (person, proxy):
        options = ("account", "import", str(file), "--parallel", "2", "--results", str(path))
        with person.process(*options) as started:
            await begun(path)
            await proxy.refuse()
            proxy.cut()
            assert await asyncio.to_thread(started.process.wait, 60) == 5
        assert [line for line in started.errors if "the same command again" in line]
        await proxy.accept()
        assert (await person.run(*options)).status == 0
    assert await accounts(gateway) == set(many(40))
