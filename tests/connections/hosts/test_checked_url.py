"""A URL is written anew with the host that was checked."""

from __future__ import annotations

import pytest

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused
from postroom.connections.hosts.checked_host import NotAHost, check_host
from postroom.connections.hosts.checked_url import CheckedUrl, NotAUrl, check_url


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://one.example/a?b=c#d", "https://one.example/a?b=c#d"),
        ("HTTPS://One.Example", "https://one.example"),
        ("http://b\u00fccher.example:8080/x", "http://xn--bcher-kva.example:8080/x"),
        ("https://user:p%40ss@one.example/", "https://user:p%40ss@one.example/"),
        ("https://a@b@one.example/", "https://a@b@one.example/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://[::1]:81/", "http://[::1]:81/"),
        ("socks5://one.example:1080", "socks5://one.example:1080"),
    ],
)
def test_the_host_is_written_as_it_was_checked(text: str, written: str) -> None:
    assert check_url(text, AddressPolicy.ANY).text == written


@pytest.mark.parametrize("text", ["", "one.example", "https://", "https:///path", "/path", "https://one.example:port/"])
def test_what_names_no_host_is_no_url_and_is_not_repeated(text: str) -> None:
    with pytest.raises(NotAUrl) as caught:
        check_url(text, AddressPolicy.ANY)
    assert caught.value.code == "EINVALIDURL"
    assert not text or text not in caught.value.message


@pytest.mark.parametrize("text", ["https://two words.example/", "https://-/", "https://a..example/"])
def test_a_host_that_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(NotAHost):
        check_url(text, AddressPolicy.ANY)


@pytest.mark.parametrize("text", ["http://127.0.0.1/", "http://2130706433/", "http://[::ffff:127.0.0.1]/"])
def test_an_address_that_the_policy_refuses_is_refused_in_every_spelling(text: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(text, AddressPolicy.PUBLIC)


def test_nobody_else_makes_one() -> None:
    with pytest.raises(TypeError):
        CheckedUrl("https://one.example", "https", check_host("one.example", AddressPolicy.ANY), object())
