"""The static files of the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.web import dashboard
from postroom.web.dashboard.files import KINDS, static_file, url_of

OWN = sorted(path.name for path in (Path(dashboard.__file__).parent / "static").iterdir())


def test_every_file_has_a_kind_and_a_url() -> None:
    for name in (*OWN, "dashboard.css", "inter-latin.woff2"):
        assert name.rpartition(".")[2] in KINDS
        assert url_of(name).startswith(f"/dashboard/static/{name}?v=")
        assert static_file(name)


def test_the_style_sheet_begins_with_fonts_and_colours() -> None:
    sheet = static_file("dashboard.css").decode()
    assert sheet.index("@font-face") < sheet.index("--page:") < sheet.index(".frame") < sheet.index(".table")


@pytest.mark.parametrize("name", ["none.css", ".css"])
def test_a_file_that_is_none(name: str) -> None:
    with pytest.raises(FileNotFoundError):
        static_file(name)


def test_everything_vendored_has_its_licence() -> None:
    text = static_file("LICENSES.txt").decode()
    foreign = [name for name in OWN if name.endswith(".min.js")] + ["inter-latin.woff2", "inter-latin-ext.woff2"]
    assert [name for name in foreign if name not in text] == []
