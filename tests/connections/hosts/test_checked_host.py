"""Spellings of hosts, good, bad and odd: what passes is handed on in the one form that was checked."""

from __future__ import annotations

import asyncio
import re
import socket
import unicodedata
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address, ip_address
from urllib.parse import urlsplit

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused, check_address
from postroom.connections.hosts.checked_host import CheckedHost, NotAHost, ascii_name, check_host, one_spelling
from postroom.connections.hosts.checked_url import CheckedUrl, NotAUrl, check_url
from postroom.connections.http.http_session import as_asked
from postroom.connections.sockets.endpoint import Endpoint, resolve
from postroom.errors import PostroomError

OUTLINED = {str(digit): chr(0x1CCF0 + digit) for digit in range(10)}
"""Digits that came with Unicode 16, which is newer than many a Python."""
METADATA = "169.254.169.254"
REFUSED = [
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "169.254.169.254.",
    "[::ffff:169.254.169.254]",
    "[169.254.169.254]",
    "[fe80::1%25eth0]",
    "fe80::1%eth0",
    "１６９.２５４.１６９.２５４",
    "169。254。169。254",
    "169.254.169.254\u3002",
    "".join(OUTLINED.get(each, each) for each in METADATA),
    "169.254.\u00ad169.254",
    "1\u200b69.254.169.254",
    "\u2460\u2465\u2468.254.169.254",
    "metadata.google.internal",
    "Metadata.Google.Internal.",
    "metadata\uff0egoogle.internal",
    "instan\u00adce-data",
    "0",
]
NO_HOSTS = [
    "",
    ".",
    "［169.254.169.254",
    "［169.254.169.254］",
    "[169.254.169.254",
    "［::1］",
    "[mail.example]",
    "example.com%eth0",
    "example.com％2e",
    "two..dots",
    "dots..",
    "a" * 64 + ".example",
    ("a" * 60 + ".") * 5 + "example",
    "ü" * 80 + ".example",
    "nul\0byte",
    "a b.example",
    "a/b.example",
    "good.example／169.254.169.254",
    "good.example\\@169.254.169.254",
    "imap.example․com",
    "-mail.example",
    "b\u200dad.example",
    "☃.example",
    "1.2.3.4.5",
    "256.1.1.1",
    "08.1.1.1",
    "0x1g.0xg.1",
    "mail:143",
    "x" * 5000,
    "ü" * 5000,
]
FINE = {
    "imap.example.com": "imap.example.com",
    "IMAP.Example.COM.": "imap.example.com",
    " imap.example.com ": "imap.example.com",
    "imap.bücher.example": "imap.xn--bcher-kva.example",
    "imap.bu\u0308cher.example": "imap.xn--bcher-kva.example",
    "imap.xn--bcher-kva.example": "imap.xn--bcher-kva.example",
    "straße.example": "xn--strae-oqa.example",
    "ｉｍａｐ．example": "imap.example",
    "почта.рф": "xn--80a1acny.xn--p1ai",
    "a_b.bücher.example": "a_b.xn--bcher-kva.example",
    "mail": "mail",
    "mail_server": "mail_server",
    "_dmarc.example.com": "_dmarc.example.com",
    "3com.example": "3com.example",
    "face.example": "face.example",
    "localhost": "localhost",
    "127.1": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "[::1]": "::1",
    "::1": "::1",
    "2001:DB8::0001": "2001:db8::1",
}
_PLAIN = re.compile(r"[a-z0-9_.:-]{1,253}")


@pytest.mark.parametrize("policy", AddressPolicy)
@pytest.mark.parametrize("host", REFUSED)
def test_refused_by_spelling(host: str, policy: AddressPolicy) -> None:
    with pytest.raises(AddressRefused):
        check_host(host, policy)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(NotAHost) as caught:
        check_host(host, AddressPolicy.ANY)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize("host", FINE)
def test_what_passes_has_one_spelling(host: str) -> None:
    checked = check_host(host, AddressPolicy.ANY)
    assert checked.name == FINE[host]
    assert check_host(str(checked), AddressPolicy.ANY) == replace_full(checked)


def replace_full(checked: CheckedHost) -> CheckedHost:
    """The same host, written without a dot at its end."""
    return check_host(checked.name, checked.policy)


@pytest.mark.parametrize("host", ["0x7f.1", "127.1", "2130706433", "017700000001", "[::1]", "１２７.1"])
def test_every_spelling_of_loopback_is_refused_by_public(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_host(host, AddressPolicy.PUBLIC)


def test_a_dot_at_the_end_keeps_the_search_list_away() -> None:
    with_dot, without = (check_host(text, AddressPolicy.ANY) for text in ("Mail.", "mail"))
    assert (with_dot.name, with_dot.question) == ("mail", "mail.")
    assert (without.name, without.question) == ("mail", "mail")


def test_what_is_remembered_of_a_host_has_one_key() -> None:
    spellings = [
        "imap.example.com",
        "IMAP.Example.COM.",
        " imap.exam\u00adple.com",
        "ｉｍａｐ.example.com",
        "imap.example。com",
    ]
    assert {one_spelling(text) for text in spellings} == {"imap.example.com"}
    assert {one_spelling(text) for text in ["127.0.0.1", "127.1", "0x7f.1.", "[::ffff:127.0.0.1]"]} == {"127.0.0.1"}
    assert one_spelling(" No Host ") == "no host"
    assert one_spelling("169.254.169.254") == "169.254.169.254"


def test_nobody_else_can_make_one() -> None:
    host = check_host("mail.example", AddressPolicy.ANY)
    with pytest.raises(TypeError):
        CheckedHost("169.254.169.254", None, AddressPolicy.ANY, False, object())
    with pytest.raises((TypeError, ValueError)):
        replace(host, name="169.254.169.254")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        CheckedUrl("http://169.254.169.254/", "http", host, object())


@pytest.mark.parametrize(("name", "written"), [("Example.COM.", "example.com"), ("faß.example", "xn--fa-hia.example")])
def test_how_dns_writes_a_name(name: str, written: str) -> None:
    assert ascii_name(name) == written


@pytest.mark.parametrize("name", ["b\u200dad.example", "ü" * 80 + ".example", ""])
def test_what_dns_cannot_write(name: str) -> None:
    assert ascii_name(name) == ""


# Properties

_lookalikes = st.sampled_from(
    [chr(each) for each in range(0x80, 0x1FBFF) if unicodedata.normalize("NFKC", chr(each)).isascii()]
    + list(OUTLINED.values())
    + list("\u00ad\u200b\u200c\u200d\u2060\ufe0f\u3002\uff0e\uff61\uff3b\uff3d\uff05\uff0f\uff1a\uff20[]%/:@.\\ \t")
)
_address_texts = st.one_of(
    st.sampled_from(
        [METADATA, "2852039166", "0xa9fea9fe", "[::ffff:a9fe:a9fe]", "fe80::1", "0.0.0.0", "metadata.goog"]
    ),
    st.ip_addresses().map(str),
)
_odd_texts = st.one_of(
    # A refused address with some characters replaced by such that look or fold alike, and others put in between.
    st.builds(
        lambda text, changes: "".join(
            {0: each, 1: OUTLINED.get(each, each), 2: each + extra, 3: extra}[how]
            for each, (how, extra) in zip(text, changes * len(text), strict=False)
        ),
        _address_texts,
        st.lists(st.tuples(st.integers(0, 3), _lookalikes), min_size=1, max_size=12),
    ),
    st.text(alphabet=st.one_of(_lookalikes, st.characters(), st.sampled_from("019ax.-_")), max_size=40),
)


class Recorder:
    """A resolver that is asked, and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[CheckedHost] = []

    async def addresses(self, host: CheckedHost) -> tuple[IPv4Address, ...]:
        self.asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "nothing")

    async def records(self, name: str, kind: str) -> list[object]:
        return []


@given(_odd_texts)
@example("［169.254.169.254")
def test_what_the_resolver_is_asked_for_is_what_was_checked(text: str) -> None:
    resolver = Recorder()
    with pytest.raises((AddressRefused, OSError)):
        asyncio.run(resolve(Endpoint(text, 993), AddressPolicy.ANY, resolver))
    for host in resolver.asked:
        assert _PLAIN.fullmatch(host.name), host
        assert host.question.rstrip(".") == host.name
        if host.address is not None:
            check_address(host.address, AddressPolicy.ANY)
            assert ip_address(host.name) == host.address
        else:
            assert not is_numeric(host.name)
            assert idna.uts46_remap(host.name, std3_rules=False) == host.name


def is_numeric(name: str) -> bool:
    """Whether the C library takes a name for an address."""
    try:
        socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return False
    return True


@given(_odd_texts, st.sampled_from(["http://{}/", "https://{}:8443/a?b=c", "http://user:secret@{}/"]))
def test_a_url_that_passes_names_the_checked_host_to_every_parser(text: str, form: str) -> None:
    try:
        checked = check_url(form.format(text), AddressPolicy.ANY)
    except PostroomError:
        return
    assert urlsplit(checked.text).hostname == checked.host.name
    # The client reads the same host, or refuses the URL.
    with suppress(NotAUrl):
        assert as_asked(checked).raw_host == checked.host.name
    if checked.host.address is not None:
        check_address(checked.host.address, AddressPolicy.ANY)


@pytest.mark.parametrize(
    "url",
    [
        "http://［169.254.169.254/",
        "http://[169.254.169.254/",
        "http://a:b:c/",
        "http:///path",
        "//mail.example/",
        "http://mail.example:99999/",
        "http://::1/",
        "mailto:jo@example.com",
        "http://good.example\\@169.254.169.254/",
        "http://169.254.169.254#@good.example/",
    ],
)
def test_urls_that_do_not_pass(url: str) -> None:
    with pytest.raises((NotAUrl, NotAHost, AddressRefused)):
        check_url(url, AddressPolicy.ANY)


def test_a_url_keeps_all_but_its_spelling_of_the_host() -> None:
    url = check_url("https://jo:p%40ss@Hooks.Bücher.example.:8443/a%20b?c=d", AddressPolicy.ANY)
    assert url.text == "https://jo:p%40ss@hooks.xn--bcher-kva.example:8443/a%20b?c=d"
    assert check_url("http://[::1]:80/", AddressPolicy.ANY).text == "http://[::1]:80/"
