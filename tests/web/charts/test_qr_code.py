"""A QR code holds its text, whatever the colours of the page."""

from __future__ import annotations

import re

import pytest
import segno

from postroom.web.charts.qr_code import qr_code

LINK = "otpauth://totp/Postroom:admin?secret=JBSWY3DPEHPK3PXP&issuer=Postroom"


def drawn(svg: str, width: int) -> list[list[int]]:
    """The modules of the drawing, with the margin around them."""
    found = [[0] * width for _ in range(width)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        for at in range(int(length)):
            found[int(y)][int(x) + at] = 1
    return found


@pytest.mark.parametrize("text", [LINK, "a", LINK * 5])
def test_the_drawing_is_the_code_with_its_margin(text: str) -> None:
    svg = str(qr_code(text, title="A code"))
    expected = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    width = len(expected) + 8
    assert f'viewBox="0 0 {width} {width}"' in svg
    found = drawn(svg, width)
    assert [row[4:-4] for row in found[4:-4]] == expected
    assert not any(any(row) for row in (*found[:4], *found[-4:]))


def test_it_says_in_words_what_it_is_and_has_no_inline_style() -> None:
    svg = str(qr_code(LINK, title='A code of "me" <b>'))
    assert svg.startswith("<svg ")
    assert 'role="img"' in svg
    assert "<title>A code of &#34;me&#34; &lt;b&gt;</title>" in svg
    assert 'fill="#fff"' in svg
    assert "style=" not in svg
    assert LINK not in svg
