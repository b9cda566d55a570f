"""The test suite's PostgreSQL does what its docstrings promise."""

from __future__ import annotations

import asyncpg
import pytest

from tests.live.postgres import Postgres
from tests.live.processes import ServerFailed


async def test_each_database_is_empty_and_of_its_own(postgres_server: Postgres, postgres_url: str) -> None:
    other = postgres_server.create_database()
    assert other != postgres_url
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE note (words text)")
    await connection.close()
    with pytest.raises(ServerFailed, match="does not exist"):
        postgres_server.execute("SELECT * FROM note", url=other)
    postgres_server.drop_database(other)


@pytest.mark.postgres
async def test_outage_keeps_port_and_data() -> None:
    async with Postgres() as server:
        url = server.create_database()
        server.execute("CREATE TABLE note (words text); INSERT INTO note VALUES ('kept')", url=url)
        connection = await asyncpg.connect(url)
        server.stop()
        with pytest.raises(asyncpg.PostgresConnectionError):
            await connection.execute("SELECT 1")
        with pytest.raises(ConnectionRefusedError):
            await asyncpg.connect(url)
        server.start()
        assert server.execute("SELECT words FROM note", url=url) == "kept\n"
        server.stop("immediate")
        server.start()
        assert server.execute("SELECT words FROM note", url=url) == "kept\n"
    assert not server.folder.exists()


def test_database_url_names_both_engines(database_url: str, request: pytest.FixtureRequest) -> None:
    expected = "postgresql://" if request.node.get_closest_marker("postgres") else "sqlite:///"
    assert database_url.startswith(expected)
