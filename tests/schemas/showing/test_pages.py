"""The head of a page."""

from __future__ import annotations

import pytest

from postroom.schemas.showing.pages import page


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (20, 1), (21, 2)])
def test_pages_are_rounded_up(total: int, pages: int) -> None:
    assert page(total, 3, 20) == {"total": total, "page": 3, "pages": pages}
