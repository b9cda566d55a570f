"""The budget of file descriptors, and the last of them that no mail server gets."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import socket
import subprocess
import sys

import pytest

from postroom.connections.sockets.descriptors import (
    Budget,
    budget_of,
    hard_limit,
    keep_some_free,
    raise_limit,
    soft_limit,
)
from postroom.settings import Settings


@pytest.mark.parametrize("limit", [64, 128, 256, 1024, 4096, 65_536, 1_048_576])
@pytest.mark.parametrize("engine", ["sqlite:///x.db", "postgresql://db/postroom"])
def test_connections_and_reserve_fit_into_the_limit(limit: int, engine: str) -> None:
    budget = budget_of(Settings(database_url=engine), limit)
    assert 1 <= budget.connections < limit
    assert budget.is_short or budget.connections + budget.reserve == limit
    assert budget.clients == max(32, min(limit // 8, 2000))


def test_more_webhooks_leave_fewer_connections_but_never_less_than_a_quarter() -> None:
    few, many, all_of_them = (budget_of(Settings(webhook_concurrency=each), 1024) for each in (50, 300, 5000))
    assert few.connections - many.connections == 250
    assert (all_of_them.connections, all_of_them.is_short, few.is_short) == (256, True, False)


def test_the_limit_is_raised_to_the_hard_one() -> None:
    """In a process of its own: a limit that was lowered stays so."""
    script = (
        "import resource; from postroom.connections.sockets.descriptors import *\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))\n"
        "print(soft_limit(), hard_limit(), raise_limit(), soft_limit(), resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["100", "200", "200", "200", "(200,", "200)"]


def test_a_limit_without_end_is_one_that_can_be_counted_with(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _which: endless)
    assert soft_limit() == hard_limit() == raise_limit() == 1_048_576


def test_a_system_that_refuses_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_which: int, _limits: tuple[int, int]) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, 1024))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_limit() == 256


def test_the_last_descriptors_are_not_for_mail_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as low, socket.socket(fileno=fcntl.fcntl(low, fcntl.F_DUPFD, 200)) as connection:
        keep_some_free(connection)
        limit = connection.fileno() + 8
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
        keep_some_free(low)
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)) as caught:
            keep_some_free(connection)
        assert caught.value.errno == errno.EMFILE
        assert connection.fileno() == -1


def test_a_budget_says_what_is_left() -> None:
    assert Budget(256, 178, 32).connections == 78
