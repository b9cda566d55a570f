"""What HTML says of its charset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.html import charset_within


@pytest.mark.parametrize(
    ("html", "label"),
    [
        (
            b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>',
            "windows-1251",
        ),
        (b"<META CONTENT='text/html;CHARSET=koi8-r' HTTP-EQUIV='content-type' />", "koi8-r"),
        (b"<meta content=text/html;charset=gb2312 http-equiv=content-type>", "gb2312"),
        (b'<meta charset="utf-8">', "utf-8"),
        (b"<meta charset=utf-8/>", "utf-8/"),
        (b"<meta/charset = ' big5 '>", "big5"),
        (b"<meta name=viewport><meta charset=big5>", "big5"),
        (b"<!-- <meta charset=x> --><meta charset=y>", "y"),
        (b"<!-- <meta charset=x>", None),
        (b'<meta name="description" content="charset=x">', None),
        (b'<meta http-equiv="refresh" content="charset=x">', None),
        (b"<style>" + b"x" * 5000 + b"</style><meta charset=y>", "y"),
        (b"<p>" + b"x" * 9000 + b"<meta charset=y>", None),
        (b'<?xml version="1.0" encoding="windows-1251"?><html>', "windows-1251"),
        (b"  <?xml version='1.0' encoding='big5' ?>", "big5"),
        (b'<?xml version="1.0" encoding="x"?><meta charset=y>', "y"),
        (b'text <?xml version="1.0" encoding="x"?>', None),
        (b"<metal charset=x>", None),
        (b"", None),
    ],
)
def test_declarations(html: bytes, label: str | None) -> None:
    assert charset_within(html) == label


@given(st.binary(max_size=300) | st.text("<meta charset='\"=>/!-? ", max_size=200).map(str.encode))
def test_nothing_makes_it_fail(html: bytes) -> None:
    charset_within(html)


@pytest.mark.parametrize("unit", [b"<meta ", b"<!--", b"<meta a=", b'<meta a="', b"<?xml ", b"="])
def test_hostile_heads_take_no_time(unit: bytes) -> None:
    for _ in range(20):
        charset_within(unit * 10_000)
