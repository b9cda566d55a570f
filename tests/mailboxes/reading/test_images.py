"""Which attached images are embedded into HTML, and how."""

from __future__ import annotations

import base64

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mailboxes.reading.images import LARGEST_IMAGE, MOST_IMAGES, data_urls, embed, image_sections, images_in


def image(section: str, content_id: str | None, *, size: int = 100, subtype: str = "png") -> BodyPart:
    return BodyPart(section, "image", subtype, content_id=content_id, encoding="base64", size=size)


def related(*parts: BodyPart) -> BodyPart:
    return BodyPart("TEXT", "multipart", "related", parts=parts)


def test_images_that_the_html_shows() -> None:
    root = related(image("2", "<a@x>"), image("3", "<b@x>"), image("4", None), image("5", "<c@x>", subtype="svg+xml"))
    html = "<img src=\"cid:a@x\"><img src='CID:c@x'><p>cid:b@x</p>"
    assert [part.section for part in images_in(html, root)] == ["2"]
    assert images_in("<p>none</p>", root) == []


def test_an_id_may_be_escaped_in_the_link() -> None:
    root = related(image("2", "<a b&c@x>"))
    assert [part.section for part in images_in('<img src="cid:a%20b&amp;c@x">', root)] == ["2"]


def test_large_images_stay_links() -> None:
    largest = LARGEST_IMAGE * 4 // 3
    root = related(*(image(str(number), f"<{number}@x>", size=largest) for number in range(2, 9)))
    html = "".join(f'<img src="cid:{number}@x">' for number in range(2, 9))
    assert len(images_in(html, root)) == MOST_IMAGES // LARGEST_IMAGE
    assert images_in('<img src="cid:a@x">', related(image("2", "<a@x>", size=largest + 4))) == []


def test_data_urls_of_what_came() -> None:
    images = [image("2", "<a@x>"), image("3", "b@x", subtype="pjpeg"), image("4", "<c@x>")]
    assert [section.item for section in image_sections(images)] == [
        "BODY.PEEK[2]",
        "BODY.PEEK[3]",
        "BODY.PEEK[4]",
    ]
    content = base64.b64encode(b"\x89PNG")
    assert data_urls(images, {"2": content, "3": content, "4": None}) == {
        "a@x": "data:image/png;base64,iVBORw==",
        "b@x": "data:image/jpeg;base64,iVBORw==",
    }


def test_more_than_was_announced_is_not_embedded() -> None:
    assert data_urls([image("2", "<a@x>")], {"2": b"A" * (LARGEST_IMAGE * 2)}) == {}


def test_links_are_replaced_and_nothing_else() -> None:
    html = '<p>cid:a@x</p><img src="cid:a@x" alt=x><b background=cid:b@x>'
    assert embed(html, {"a@x": "data:,"}) == '<p>cid:a@x</p><img src="data:," alt=x><b background=cid:b@x>'
    assert embed(html, {}) == html
