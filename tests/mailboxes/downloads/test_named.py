"""What a download is called: parts by their numbers, and the source."""

from __future__ import annotations

import pytest

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.mailboxes.downloads.named import Named, named_part, named_source
from postroom.mailboxes.failures import IncompleteAnswer, PartNotFound

TEXT = BodyPart("1", "text", "plain", {"charset": "koi8-r", "name": "a.txt"}, encoding="8bit", size=5)
IMAGE = BodyPart("2", "image", "png", {"charset": "x"}, encoding="base64")
MIXED = BodyPart("TEXT", "multipart", "mixed", parts=(TEXT, IMAGE))


def test_a_part_is_described() -> None:
    told = FetchData(1, body=MIXED)
    assert named_part(told, "1") == Named("1", 5, "8bit", "text/plain", "koi8-r", "a.txt")
    assert named_part(told, "2") == Named("2", 0, "base64", "image/png", None, None)


@pytest.mark.parametrize("section", ["3", "1.1", "TEXT"])
def test_other_sections_are_no_parts(section: str) -> None:
    with pytest.raises(PartNotFound):
        named_part(FetchData(1, body=MIXED), section)


def test_the_source_is_described() -> None:
    assert named_source(FetchData(1, size=7), "x.eml") == Named("", 7, None, "message/rfc822", None, "x.eml")


def test_a_server_that_tells_nothing() -> None:
    with pytest.raises(IncompleteAnswer):
        named_part(FetchData(1), "1")
    with pytest.raises(IncompleteAnswer):
        named_source(FetchData(1), "x.eml")
