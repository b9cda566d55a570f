"""What the headers of a download say."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from postroom.client.attached import Attached, places_of
from postroom.streaming.downloads.safe_headers import content_disposition


@pytest.mark.parametrize("name", ["report.pdf", "Grüße 100%.txt", "a'b c.txt", "emoji 🙂.png"])
def test_the_name_is_the_one_that_postroom_sends(name: str) -> None:
    assert Attached.of({"content-disposition": content_disposition(name, "x/y")}).filename == name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("", "attachment"),
        ("attachment", "attachment"),
        ('attachment; filename=""', "attachment"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\Users\\x.exe"', "x.exe"),
        ("attachment; filename*=UTF-8''..%2F..%2F.bashrc", "bashrc"),
        ("attachment; filename*=UTF-8''%2e%2e", "attachment"),
        ("attachment; filename*=UTF-8''a%00b%0d%0a%e2%80%aec", "abc"),
        ("attachment; filename=\"plain\"; filename*=UTF-8''sch%C3%B6n", "schön"),
    ],
)
def test_a_name_leads_to_no_other_folder(disposition: str, name: str) -> None:
    assert Attached.of({"content-disposition": disposition}).filename == name


def test_the_size_is_told_only_where_it_is_that_of_the_file() -> None:
    assert Attached.of({"content-length": "12", "etag": '"t"', "content-type": "a/b"}) == Attached(
        "attachment", "a/b", 12, '"t"'
    )
    assert Attached.of({"content-length": "12", "content-encoding": "gzip"}).size is None
    assert Attached.of({}).size is None


def test_a_folder_gets_the_file_under_its_name_or_with_a_number() -> None:
    places = places_of(PurePath("x"), Attached("a.b.txt", "text/plain", 1, ""))
    assert [next(places) for _ in range(3)] == [PurePath("x/a.b.txt"), PurePath("x/a.b-2.txt"), PurePath("x/a.b-3.txt")]
