"""The fixtures for pytest. Nothing of Postroom is loaded before a test asks for one of them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from postroom.testing.asynchronous import AsyncLocalPostroom
    from postroom.testing.beside import ProcessBeside
    from postroom.testing.local import LocalPostroom

# pytest loads this module wherever Postroom is installed, also as a client alone and without pytest-asyncio.
_NEEDED: Final = ("httpx", "uvloop", "pymap", "aiosmtpd")
_MISSING: Final = 'The fixtures of Postroom need more packages: pip install "postroom[testing]"'
_HAS_ASYNCIO: Final = importlib.util.find_spec("pytest_asyncio") is not None


@pytest.fixture(scope="session")
def postroom_process() -> Iterator[ProcessBeside]:
    """The process that runs the gateways of all tests. It starts with the first test that needs it."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        pytest.fail(_MISSING, pytrace=False)
    from postroom.testing.beside import process_beside

    with process_beside() as process:
        yield process


@pytest.fixture
def postroom(postroom_process: ProcessBeside) -> Iterator[LocalPostroom]:
    """A gateway with an empty database and a sandbox mail server, for this test alone."""
    from postroom.testing.local import local_postroom

    with local_postroom(postroom_process) as local:
        yield local
    # pytest shows it if the test failed.
    sys.stderr.write(postroom_process.new_lines())


if _HAS_ASYNCIO:
    import pytest_asyncio

    @pytest_asyncio.fixture
    async def async_postroom(postroom: LocalPostroom) -> AsyncIterator[AsyncLocalPostroom]:
        """The same for async tests: its methods are awaited, and its client is `AsyncPostroom`."""
        from postroom.testing.asynchronous import AsyncLocalPostroom

        local = AsyncLocalPostroom(postroom)
        try:
            yield local
        finally:
            await local.client.close()

else:

    @pytest.fixture
    def async_postroom() -> None:
        """It needs pytest-asyncio."""
        pytest.fail(_MISSING, pytrace=False)
