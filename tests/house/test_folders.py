"""House rule: a folder holds no more modules than a reader can take in at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.house.modules import Module, product_modules

MOST_MODULES = 12
# One command, one file; one change of the schema, one file.
EXEMPT = ("src/postroom/imap/commands", "src/postroom/storage/migrations/versions")


def crowded(modules: Iterable[Module]) -> Iterator[str]:
    """Folders with more modules than `MOST_MODULES`. `__init__` and `__main__` hold nothing and do not count."""
    paths = [module.path.rpartition("/") for module in modules]
    counted = Counter(folder for folder, _, name in paths if not name.startswith("__"))
    for folder, number in sorted(counted.items()):
        if number > MOST_MODULES and folder not in EXEMPT:
            yield f"{folder}: {number} modules, the limit is {MOST_MODULES}"


def test_no_folder_is_crowded() -> None:
    assert list(crowded(product_modules())) == []


def test_exemptions_are_needed() -> None:
    assert {module.path.rpartition("/")[0] for module in product_modules()} >= set(EXEMPT)


def test_crowded_folders_are_caught() -> None:
    def folder(name: str, number: int) -> list[Module]:
        files = ["__init__", *(f"m{at}" for at in range(number))]
        return [Module("postroom.x", f"{name}/{file}.py", "") for file in files]

    assert list(crowded(folder("src/postroom/x", 12))) == []
    assert list(crowded(folder("src/postroom/x", 13))) == ["src/postroom/x: 13 modules, the limit is 12"]
    assert list(crowded([*folder("src/postroom/x", 7), *folder("src/postroom/x/y", 7)])) == []
    assert list(crowded(folder(EXEMPT[0], 40))) == []
