"""Parameters of MIME headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.parsing.tokens import Value
from postroom.mail.mime.parameters import decode_parameters, read_parameters


@pytest.mark.parametrize(
    ("values", "params"),
    [
        ([b"CHARSET", b"UTF-8", b"Format", b"flowed"], {"charset": "UTF-8", "format": "flowed"}),
        ([b"name", b"=?utf-8?q?=C3=BC.pdf?="], {"name": "ü.pdf"}),
        ([b"filename*", b"UTF-8''%e2%82%ac%20rates.pdf"], {"filename": "€ rates.pdf"}),
        ([b"filename*", b"iso-8859-1'en'%A3.txt"], {"filename": "£.txt"}),
        ([b"filename*", b"no-quotes.txt"], {"filename": "no-quotes.txt"}),
        ([b"filename", b"plain.txt", b"filename*", b"utf-8''%C3%BC.txt"], {"filename": "ü.txt"}),
        ([b"name*1", b"b.txt", b"name*0", b"a"], {"name": "ab.txt"}),
        ([b"name*0*", b"UTF-8''%e2%82", b"name*1*", b"%ac", b"name*2", b"%41.pdf"], {"name": "€%41.pdf"}),
        ([b"name*0", b"a", b"name*10", b"k", b"name*9", b"j"], {"name": "ajk"}),
        ([b"name*x", b"a", b"charset", b"utf-8"], {"charset": "utf-8"}),
        ([b"name", None, b"x"], {}),
        ([b"name", [b"a"], b"x", b"y"], {"x": "y"}),
        ([b"__proto__", b"x"], {"__proto__": "x"}),
        (None, {}),
        (b"name", {}),
        ([], {}),
    ],
)
def test_parameters(values: Value, params: dict[str, str]) -> None:
    assert decode_parameters(values) == params


@pytest.mark.parametrize(
    ("values", "params"),
    [
        ([b"name", b"Gr\xfc\xdfe.txt"], {"name": "Grüße.txt"}),
        ([b"name", b"=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZS50eHQ=?="], {"name": "Grüße.txt"}),
        ([b"name*0", b"=?utf-8?B?R3LD", b"name*1", b"vMOfZQ==?="], {"name": "Grüße"}),
        ([b"filename*", b"x-gbk''%C3%F7%CC%EC.txt"], {"filename": "明天.txt"}),
        ([b"filename*", b"''Gr%C3%BC.txt"], {"filename": "Grü.txt"}),
        ([b"filename*", b"utf-8''Gr%FC.txt"], {"filename": "Grü.txt"}),
        ([b"charset", b"utf-8", b"charset", b"latin1"], {"charset": "utf-8"}),
    ],
)
def test_parameters_as_programs_write_them(values: Value, params: dict[str, str]) -> None:
    assert decode_parameters(values) == params


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"Text/Plain; charset=UTF-8", ("text", "plain", {"charset": "UTF-8"})),
        (b"text", ("text", "", {})),
        (b"text; charset=koi8-u", ("text", "", {"charset": "koi8-u"})),
        (b"", ("", "", {})),
        (b"; charset=utf-8", ("", "", {"charset": "utf-8"})),
        (b"text/html charset=utf-8", ("text", "html", {"charset": "utf-8"})),
        (b"text/plain/x; charset=utf-8", ("text", "plain", {"charset": "utf-8"})),
        (b"text / plain ; charset = utf-8", ("text", "plain", {"charset": "utf-8"})),
        (b'text/plain (a "comment"); charset=utf-8 (really)', ("text", "plain", {"charset": "utf-8"})),
        (b'text/plain; name="a; b=\\"c\\" (d).txt"', ("text", "plain", {"name": 'a; b="c" (d).txt'})),
        (b'text/plain; charset="utf-8', ("text", "plain", {"charset": "utf-8"})),
        (b"text/plain; charset=", ("text", "plain", {"charset": ""})),
        (
            b"inline; filename*0*=utf-8''Gr%C3%BC; filename*1=\"n.txt\"",
            ("inline", "", {"filename": "Grün.txt"}),
        ),
        (b'inline; filename="Gr\xfc\xdfe.txt"', ("inline", "", {"filename": "Grüße.txt"})),
    ],
)
def test_headers(raw: bytes, read: tuple[str, str, dict[str, str]]) -> None:
    assert read_parameters(raw) == read


@given(st.binary(max_size=200) | st.text("=;\"'*/()\\ at%0", max_size=80).map(str.encode))
def test_nothing_makes_it_fail(raw: bytes) -> None:
    first, second, params = read_parameters(raw)
    for text in (first, second, *params, *params.values()):
        text.encode("utf-8")


@pytest.mark.parametrize("unit", [b'"', b"(", b"a=", b'a="', b"a=(", b"\\", b"; "])
def test_a_header_of_a_megabyte_takes_no_time(unit: bytes) -> None:
    read_parameters(b"text/plain; " + unit * (1_000_000 // len(unit)))
