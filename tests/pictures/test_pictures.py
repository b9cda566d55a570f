"""The pictures of the README: they are there, they are small, and they can be taken anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pictures.__main__ import SIGHTS, take_all
from pictures.office import fill
from tests.house.modules import PROJECT
from tests.web.dashboard.desk_site import open_desk

PICTURES = PROJECT / "docs" / "pictures"
MOST_TOGETHER = 1_500_000


def names() -> set[str]:
    return {f"{sight.name}-{scheme}.webp" for sight in SIGHTS for scheme in ("light", "dark")}


def test_every_picture_is_there_and_shown_and_all_are_small() -> None:
    kept = list(PICTURES.glob("*.webp"))
    assert {path.name for path in kept} == names()
    assert sum(path.stat().st_size for path in kept) < MOST_TOGETHER
    pages = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"pictures/([\w-]+\.webp)", page.read_text("utf-8"))}
    assert shown == names()


@pytest.mark.long
async def test_the_installation_of_the_pictures_has_something_to_show(tmp_path: Path) -> None:
    async with open_desk(f"sqlite:///{tmp_path}/postroom.db", tmp_path) as site:
        await fill(site)
        async with site.operator() as person:
            overview = (await person.open("/")).text
            account = (await person.open(SIGHTS[-1].path)).text
    assert "The webhook “Data warehouse” fails" in overview
    assert "5 accounts at imap.kestrel.example want an app password" in overview
    assert "Messages sent a minute" in overview
    assert "Re: The offer for the spring campaign" in account
    assert "Clients/Spring campaign" in account


@pytest.mark.browser
async def test_the_pictures_are_taken(tmp_path: Path) -> None:
    await take_all(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == names()
    for path in tmp_path.iterdir():
        assert path.read_bytes()[8:12] == b"WEBP"
