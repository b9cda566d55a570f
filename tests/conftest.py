"""Fixtures and rules for every test: real servers once per session, fresh databases per test, a clean environment."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest
import pytest_asyncio
import structlog
from playwright.async_api import Browser
from xdist.remote import Producer

from postroom.connections.sockets.event_loop import EventLoop
from postroom.storage.database import Database, open_database
from tests.fakes.databases import Sweeper, make_sqlite, migrate
from tests.fakes.signal_handlers import keep_handlers_unread
from tests.fakes.statements import share_statements
from tests.live.chromium import chromium_is_installed, open_chromium
from tests.live.dovecot import Dovecot, dovecot_is_installed
from tests.live.npm import npm_is_installed
from tests.live.postfix import Postfix, postfix_is_installed
from tests.live.postgres import Postgres, postgres_programs
from tests.sharing import Sharing

# How long an example takes tells how busy the machine is. A run of the tests judges a change, so it tries the same
# examples each time; the long run looks for examples that nobody has thought of.
_PATIENT = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("same", _PATIENT, derandomize=True, database=None)
hypothesis.settings.register_profile("other", _PATIENT, max_examples=1000, print_blob=True)

share_statements()
keep_handlers_unread()

# As long as nobody has configured the log, structlog draws each exception with the source and the variables of each
# frame, which takes up to a second for one. Who looks at a failed test gets the usual traceback.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

# A shell without job control starts its background commands with SIGINT ignored, and every program started here would
# ignore it too. Some tests press Ctrl-C, and PostgreSQL is ended by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A contributor's own settings must not reach the tests.
for _name in [name for name in os.environ if name.startswith("POSTROOM_")]:
    del os.environ[_name]

_MARKER_OF_FIXTURE = {
    "dovecot": "dovecot",
    "postfix": "postfix",
    "postgres_server": "postgres",
    "postgres_url": "postgres",
    "chromium": "browser",
}
_INSTALLED: dict[str, Callable[[], bool]] = {
    "dovecot": dovecot_is_installed,
    "postfix": postfix_is_installed,
    "postgres": lambda: postgres_programs() is not None,
    "browser": chromium_is_installed,
    "npm": npm_is_installed,
}
_DEBIAN_PACKAGE = {
    "dovecot": "dovecot-imapd",
    "postfix": "postfix",
    "postgres": "postgresql",
    "browser": "chromium",
    "npm": "npm",
}
_FOR_ROOT_ONLY = ("postfix",)

# A module that imports one of these starts other programs.
_STARTERS = ("subprocess", "multiprocessing")
_STARTING = ("tests.cli.postroom_program", "tests.flows.gateway", "tests.fakes.curl")


# Fixtures


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One real Dovecot for the whole session: use a user name of your own in each test."""
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    """One real Postfix for the whole session, which delivers into the mailboxes of `dovecot`."""
    with Postfix(dovecot) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first PostgreSQL of a run keeps its new cluster for the others, in whatever process they start."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "postgres-cluster"


@pytest.fixture(scope="session")
def postgres_server(postgres_cluster: Path) -> Iterator[Postgres]:
    """One real PostgreSQL for the whole session; a test that stops it starts it again."""
    with Postgres(cluster=postgres_cluster) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of the test's own."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    """The URL of a PostgreSQL database at the newest schema that is only copied."""
    url = postgres_server.create_database()
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def own_postgres_url(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of the test's own, at the newest schema and without rows."""
    url = postgres_server.create_database(like=postgres_template)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file of the test's own, which does not exist yet."""
    return f"sqlite:///{tmp_path / 'postroom.db'}"


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_server: Postgres, postgres_template: str) -> str:
    """A PostgreSQL database at the newest schema that the tests of a process share, one after the other."""
    return postgres_server.create_database(like=postgres_template)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sweeper(migrated_postgres_url: str) -> AsyncIterator[Sweeper]:
    """What empties that database before each test."""
    sweeper = Sweeper(migrated_postgres_url)
    yield sweeper
    sweeper.close()


@pytest_asyncio.fixture(loop_scope="session")
async def emptied_postgres_url(migrated_postgres_url: str, sweeper: Sweeper) -> str:
    """That database without the rows of earlier tests."""
    await sweeper.sweep()
    return migrated_postgres_url


@pytest_asyncio.fixture
async def migrated_sqlite_url(sqlite_url: str) -> str:
    """The URL of a SQLite file of the test's own, at the newest schema."""
    await make_sqlite(sqlite_url)
    return sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database at the newest schema without rows, once with SQLite and once with PostgreSQL."""
    return str(request.getfixturevalue("migrated_sqlite_url" if request.param == "sqlite" else "emptied_postgres_url"))


@pytest_asyncio.fixture
async def db(migrated_url: str) -> AsyncIterator[Database]:
    """A migrated database without rows, once on SQLite and once on PostgreSQL."""
    database = open_database(migrated_url)
    await database.start()
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One real browser for the whole session: use a profile of your own in each test."""
    async with open_chromium() as browser:
        yield browser


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database's URL: the test runs once with SQLite and once with PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(autouse=True)
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds the log as another one of the same process configured it, nor loggers that keep to that."""
    before, configure = structlog.get_config(), structlog.configure

    def configure_uncached(**options: Any) -> None:
        configure(**options | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", configure_uncached)
    yield
    configure(**before)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What tests of chance begin from."""
    return int(request.config.getoption("--seed"))


@pytest.fixture
def soak_minutes(request: pytest.FixtureRequest) -> float:
    """How long a test of the long run disturbs."""
    return float(request.config.getoption("--soak-minutes"))


# Rules of the session


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak` adds the tests that run for hours; `--seed` repeats the chances of an earlier run."""
    parser.addoption("--soak", action="store_true", help="run the tests marked 'soak', which take hours")
    parser.addoption("--quick", action="store_true", help="leave out what needs a server, another program or long")
    parser.addoption("--soak-minutes", type=float, default=60.0, help="how long each of them disturbs; default: 60")
    parser.addoption("--seed", type=int, help="what tests of chance begin from; default: a new number each time")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed before several processes share the tests: they get the options of this one."""
    hypothesis.settings.load_profile("other" if config.option.soak else "same")
    if config.option.seed is None:
        config.option.seed = random.randrange(10**6)
    if config.option.quick and ("PYTEST_XDIST_WORKER" in os.environ or not config.option.numprocesses):
        sys.addaudithook(_refuse_programs)


def _refuse_programs(event: str, arguments: tuple[Any, ...]) -> None:
    # `platform` of the standard library asks `uname` for the processor.
    if event == "subprocess.Popen" and arguments[0] != "uname":
        raise AssertionError(f"a test of --quick starts {arguments[0]}: mark it `programs`")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing | None:
    """Several processes share the tests in our own way."""
    return Sharing(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_report_header(config: pytest.Config) -> str:
    """A failure can be repeated by who knows the seed."""
    return f"seed: {config.option.seed} (--seed)"


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], Any]]:
    """Async tests run on the event loop of a gateway."""
    return {"uvloop": EventLoop}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the collector away from what lives until the end: thousands of tests, and every module.

    To look at all that again and again took a tenth of the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        # As in the product: each test makes a world of objects, and few of them hang together in circles.
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by what they use; leave out the soak tests unless asked for, and with `--quick` what it is not for."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in _MARKER_OF_FIXTURE:
                item.add_marker(_MARKER_OF_FIXTURE[name])
        if _starts_programs(getattr(item, "module", None)):
            item.add_marker("programs")
    left_out = set() if config.getoption("--soak") else {"soak"}
    if config.getoption("--quick"):
        left_out |= {"dovecot", "postfix", "postgres", "browser", "npm", "programs", "long"}
    out = {item for item in items if any(mark.name in left_out for mark in item.iter_markers())}
    config.hook.pytest_deselected(items=list(out))
    items[:] = [item for item in items if item not in out]


def _starts_programs(module: ModuleType | None) -> bool:
    names = vars(module or ModuleType("none"))
    return any(name in names for name in _STARTERS) or any(
        getattr(value, "__module__", None) in _STARTING for value in names.values()
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test whose server is not installed; in CI that is a failure."""
    for marker, installed in _INSTALLED.items():
        if item.get_closest_marker(marker) is None:
            continue
        if marker in _FOR_ROOT_ONLY and os.geteuid() != 0:
            pytest.skip(f"{marker} needs root")
        if installed():
            continue
        package = _DEBIAN_PACKAGE[marker]
        if os.environ.get("CI") == "true":
            pytest.fail(f"{package} is not installed, and CI leaves no test out", pytrace=False)
        pytest.skip(f"needs {package}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in plain words which suites did not run; from the reports, since several processes may share the tests."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    for marker, package in _DEBIAN_PACKAGE.items():
        if count := sum(f"needs {package}" in reason for reason in reasons):
            terminalreporter.write_line(
                f"LEFT OUT: {count} tests marked '{marker}', because {package} is missing: apt-get install {package}",
                yellow=True,
            )
    for marker in _FOR_ROOT_ONLY:
        if count := sum(f"{marker} needs root" in reason for reason in reasons):
            terminalreporter.write_line(
                f"LEFT OUT: {count} tests marked '{marker}': it runs for root only", yellow=True
            )
