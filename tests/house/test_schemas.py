"""House rule: the schemas of requests and answers import values only, and no service, store or database."""

from __future__ import annotations

from collections.abc import Iterator

from tests.house.modules import Module, product_modules

FORBIDDEN = ("sqlalchemy", "aiosqlite", "psycopg", "starlette", "aiohttp")


def reached_from(start: Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(imported name, import path) of every import of a module, direct or through modules of ours."""
    modules = {module.name: module for module in product_modules()}
    waiting: list[tuple[Module, tuple[str, ...]]] = [(start, (start.name,))]
    seen = {start.name}
    while waiting:
        module, way = waiting.pop()
        for name, _ in module.imports():
            yield name, way
            ours = name if name in modules else name.rpartition(".")[0]
            if ours in modules and ours not in seen:
                seen.add(ours)
                waiting.append((modules[ours], (*way, ours)))


def reaching(start: Module) -> set[str]:
    return {
        f"{name} by way of {' > '.join(way)}"
        for name, way in reached_from(start)
        if name.partition(".")[0] in FORBIDDEN
    }


def test_schemas_reach_no_database_and_no_service() -> None:
    schemas = [module for module in product_modules() if module.is_in("postroom.schemas")]
    assert len(schemas) > 30
    assert [way for module in schemas for way in sorted(reaching(module))] == []


def test_the_way_to_a_database_is_found() -> None:
    (nodes,) = (module for module in product_modules() if module.name == "postroom.cluster.nodes")
    assert any(way.startswith("sqlalchemy") for way in reaching(nodes))
