"""Images that HTML holds as data URIs become files that it names."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from postroom.mail.composing.draft import Correspondent, Draft, Stamp
from postroom.mail.composing.images import MOST_IMAGES, with_inline_images
from tests.fakes.slowness import processor_seconds

ME = Correspondent("me@example.com")
STAMP = Stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "r7")
PIXEL = b"\x89PNG\r\n\x1a\npixel"
URI = f"data:image/png;base64,{b64encode(PIXEL).decode()}"


def done(html: str | None) -> Draft:
    return with_inline_images(Draft(ME, html=html), STAMP)


@pytest.mark.parametrize(
    "tag",
    [
        f'<img src="{URI}">',
        f"<IMG\n alt='' SRC = '{URI}'>",
        f"<img src={URI}>",
        f"<img src={URI} alt=x>",
        f'<img src=" {URI[:40]}\r\n {URI[40:]} ">',
        f'<img src="{URI.replace("=", "%3D").replace("+", "&#43;")}">',
        f'<img src="{URI.replace("data:image/png;", "Data:Image/PNG;charset=x;")}">'.replace(
            "Data:Image", "data:image"
        ),
    ],
)
def test_an_image_becomes_an_inline_file(tag: str) -> None:
    made = done(f"<p>{tag}</p>")
    (file,) = made.enclosures
    assert (file.content, file.content_type, file.disposition) == (PIXEL, "image/png", "inline")
    assert (file.cid, file.filename) == ("image1.r7@example.com", "image1.png")
    assert made.html is not None
    assert '"cid:image1.r7@example.com"' in made.html
    assert "data:" not in made.html


def test_the_same_image_is_one_file() -> None:
    other = URI.replace("image/png", "image/gif")
    made = done(f'<img src="{URI}"><img src="{other}"><img src="{URI}">')
    assert [each.content_type for each in made.enclosures] == ["image/png", "image/gif"]
    assert re.findall(r"cid:(image\d)", made.html or "") == ["image1", "image2", "image1"]


def test_an_image_may_be_written_without_base64() -> None:
    made = done("<img src='data:image/svg+xml;utf8,%3Csvg xmlns=\"x\"/>'>")
    assert (made.enclosures[0].content, made.enclosures[0].filename) == (b'<svg xmlns="x"/>', "image1.svg")


@pytest.mark.parametrize(
    "html",
    [
        None,
        "<p>data:image/png;base64,AAAA</p>",
        '<img src="data:image/png;base64,A===A">',
        '<img src="data:image/png;base64,\u00e4">',
        '<img src="data:image/png;base64,">',
        '<img src="data:image/png">',
        '<img src="data:image/,AAAA">',
        '<img src="data:text/html;base64,AAAA">',
        '<img src="https://example.com/data:image/png;base64,AAAA">',
        '<img src="data:image/png;base64,AAAA',
        '<a href="data:image/png;base64,AAAA">x</a>',
    ],
)
def test_what_is_no_whole_image_stays(html: str | None) -> None:
    assert done(html) == Draft(ME, html=html)


def test_images_beyond_the_limit_stay() -> None:
    tags = [f'<img src="data:image/png;base64,{b64encode(b"%d" % each).decode()}">' for each in range(MOST_IMAGES + 5)]
    made = done("".join(tags))
    assert len(made.enclosures) == MOST_IMAGES
    assert (made.html or "").count("data:image/png") == 5


@pytest.mark.parametrize(
    "piece", ["<img ", "<img src=", '<img src="data:image/', "<img src=data:image/ ", "data:image/"]
)
def test_the_cost_grows_with_the_length(piece: str) -> None:
    began = time.process_time()
    done(piece * 100_000 + "data:image/")
    assert time.process_time() - began < processor_seconds(4.0)
