"""Addresses as they are written in headers, in the forms of RFC 5322 and in those that programs write."""

from __future__ import annotations

import time

import pytest

from postroom.mail.composing.whole.addresses import read_addresses
from tests.fakes.slowness import processor_seconds

A = "a@b.example"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ("a@b.example", [("a@b.example", "")]),
        ("Jo Doe <jo@b.example>, a@b.example,", [("jo@b.example", "Jo Doe"), ("a@b.example", "")]),
        ('"Doe, Jo \\"J\\"" <jo@b.example>', [("jo@b.example", 'Doe, Jo "J"')]),
        ("jo@b.example (Jo (the) Doe)", [("jo@b.example", "Jo the Doe")]),
        ("Jo (Joe) <jo@b.example>", [("jo@b.example", "Jo")]),
        ('"a b"@c.example, <"x, y"@c.example>', [('"a b"@c.example', ""), ('"x, y"@c.example', "")]),
        ('"a@b"@c.example', [('"a@b"@c.example', "")]),
        (
            "Team: a@b.example, Jo <c@d.example>;, e@f.example",
            [("a@b.example", ""), ("c@d.example", "Jo"), ("e@f.example", "")],
        ),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?J=C3=B6rg=2C_x?= <jo@b.example>", [("jo@b.example", "Jörg, x")]),
        ('"=?utf-8?q?J=C3=B6rg?=" <jo@b.example>', [("jo@b.example", "Jörg")]),
        ("J\u00f6rg <j\u00f6@b\u00fccher.example>", [("j\u00f6@b\u00fccher.example", "Jörg")]),
        ("<@x.example,@y.example:jo@b.example>", [("jo@b.example", "")]),
        ("jo @ b . example", [("jo@b.example", "")]),
        ("a@[127.0.0.1], b@[IPv6:::1]", [("a@[127.0.0.1]", ""), ("b@[IPv6:::1]", "")]),
        # What is no address is kept, so that it can be named.
        ("Jo jo@b.example", [("Jo jo@b.example", "")]),
        ("Jo", [("Jo", "")]),
        ("Jo <>", [("", "Jo")]),
        ("<jo@b.example", [("jo@b.example", "")]),
        ('"unclosed <jo@b.example>', [("jo@b.example", '"unclosed')]),
    ],
)
def test_addresses_are_read(value: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.address, each.name) for each in read_addresses(value.encode())] == expected


@pytest.mark.parametrize("piece", ["<", "(", '"', "[", "a@b.example,", ":", "\\", "=?utf-8?q?a?=", "a " * 20, "(a"])
def test_the_cost_grows_with_the_length(piece: str) -> None:
    began = time.process_time()
    read_addresses((piece * 50_000).encode())
    assert time.process_time() - began < processor_seconds(3.0)
