"""House rule: docs/ is a site of pages in an order for reading, its links hold there and on GitHub."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from manual.outside import PAGES as OUTSIDE
from tests.house.modules import PROJECT

DOCS = PROJECT / "docs"
MARKDOWN = sorted([*(PROJECT / path for path in OUTSIDE), *DOCS.rglob("*.md")])


def configuration() -> dict[str, Any]:
    # The tag of the function that makes anchors is for MkDocs alone.
    text = re.sub(r"!!python/\S+ ", "", (PROJECT / "mkdocs.yml").read_text("utf-8"))
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def in_order(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for each in nav.values() if isinstance(nav, dict) else nav:
            yield from in_order(each)


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def broken(path: Path, text: str) -> list[str]:
    """The links of a page to headings that there are not."""
    found = []
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", text):
        aim = (path.parent / target).resolve() if target else path
        if "://" not in target and aim.suffix == ".md" and anchor not in anchors(aim):
            found.append(f"{target}#{anchor}")
    return found


def test_every_page_has_its_place_in_the_order_once() -> None:
    order = list(in_order(configuration()["nav"]))
    assert len(order) == len(set(order))
    assert set(order) == {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} | set(OUTSIDE.values())


def test_the_order_begins_with_what_a_newcomer_reads() -> None:
    order = list(in_order(configuration()["nav"]))
    assert order[:5] == ["index.md", "start.md", "lifecycle.md", "dashboard.md", "cli.md"]
    assert order[-1] == "changes.md"
    assert order.index("moving-from-emailengine.md") < order.index("api.md") < order.index("architecture.md")


def test_the_landing_page_and_the_readme_lead_to_every_page() -> None:
    pages = {path for path in DOCS.glob("*.md") if path.name != "index.md"}
    for start in (DOCS / "index.md", PROJECT / "README.md"):
        links = re.findall(r"\]\(([^)#\s]+)", start.read_text("utf-8"))
        missing = pages - {(start.parent / link).resolve() for link in links}
        assert sorted(path.name for path in missing) == [], start


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_to_headings(path: Path) -> None:
    assert broken(path, path.read_text("utf-8")) == []


def test_a_link_to_no_heading_is_caught() -> None:
    assert broken(DOCS / "api.md", "[a](events.md#nowhere) [b](#nowhere) [c](events.md#bounces)") == [
        "events.md#nowhere",
        "#nowhere",
    ]
