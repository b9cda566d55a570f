"""Documents of providers are read as they are meant, and nothing in them is trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.onboarding.autoconfig.client_config import LARGEST_DOCUMENT, NotAConfig, is_host_name, read_config
from postroom.onboarding.autoconfig.servers import Found, FoundServer
from tests.onboarding.documents import CONFIG, FILE, LAUGHS, config

EMAIL = "jo.doe@example.com"


def read(document: bytes | str) -> Found:
    return read_config(document.encode() if isinstance(document, str) else document, EMAIL, "autoconfig")


def test_the_best_protected_server_with_the_user_name_as_the_provider_wants_it() -> None:
    found = read(CONFIG)
    assert found.imap == FoundServer("imap.example.com", 993, True, "jo.doe")
    assert found.smtp == FoundServer("smtp.example.com", 587, False, EMAIL)
    assert (found.source, found.complete) == ("autoconfig", True)


def test_other_encodings_of_xml() -> None:
    for encoding in ("utf-16", "iso-8859-1"):
        assert read(CONFIG.replace("UTF-8", encoding).encode(encoding)) == read(CONFIG)


def test_a_server_without_encryption_is_not_worth_finding() -> None:
    found = read(CONFIG.replace("SSL", "plain").replace("<socketType>STARTTLS", "<socketType>plain", 1))
    assert found.imap is None
    assert found.smtp is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("imap.example.com", "127.0.0.1"),
        ("imap.example.com", "localhost"),
        ("imap.example.com", "imap.example.com/path"),
        ("imap.example.com", "user@imap.example.com"),
        ("imap.example.com", ""),
        (">993<", ">0<"),
        (">993<", ">65536<"),
        (">993<", ">9 9<"),
        (">993<", ">٩٩٣<"),
    ],
)
def test_servers_that_cannot_be_are_passed_over(old: str, new: str) -> None:
    found = read(CONFIG.replace(old, new))
    assert found.imap is None or found.imap.port == 143


SSL = "<port>993</port><socketType>SSL</socketType>"


@pytest.mark.parametrize(
    ("repeated", "port", "secure"),
    [
        ("<port>993</port><socketType>TLS-1.4</socketType><socketType>SSL</socketType>", 993, True),
        ("<port>993</port><socketType>plain</socketType><socketType>starttls</socketType>", 993, False),
        ("<port>993</port><socketType/><socketType>SSL</socketType><socketType>STARTTLS</socketType>", 993, True),
        ("<port>imaps</port><port>9993</port><port>993</port><socketType>SSL</socketType>", 9993, True),
        ("<hostname>not a host</hostname>" + SSL, 993, True),
        ("<username>%REALNAME%</username>" + SSL, 993, True),
    ],
)
def test_of_repeated_elements_the_first_that_can_be_used_counts(repeated: str, port: int, secure: bool) -> None:
    only = CONFIG.replace("<port>143</port><socketType>STARTTLS</socketType>", "")
    assert only != CONFIG
    # In front of those that are there.
    changed = only.replace(
        "<hostname>imap.example.com</hostname>" + SSL, repeated + "<hostname>imap.example.com</hostname>"
    )
    assert changed != only
    assert read(changed).imap == FoundServer("imap.example.com", port, secure, "jo.doe")


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("IMAP.Müller.example", "imap.xn--mller-kva.example"),
        ("imap.straße.example", "imap.xn--strae-oqa.example"),
        ("邮件.公司.cn", "xn--5nq051n.xn--55qx5d.cn"),
        ("mail。例え.jp", "mail.xn--r8jz45g.jp"),
        ("imap.xn--mller-kva.example.", "imap.xn--mller-kva.example"),
    ],
)
def test_hosts_in_other_scripts_are_those_of_dns(written: str, host: str) -> None:
    imap = read(CONFIG.replace("imap.example.com", written)).imap
    assert imap is not None
    assert imap.host == host


def test_a_user_name_nobody_can_fill_in_is_the_address() -> None:
    imap = read(CONFIG.replace("%EMAILLOCALPART%", "%REALNAME%")).imap
    assert imap is not None
    assert imap.user == EMAIL


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html><body>Welcome</body></html>",
        b"<!doctype html><html></html>",
        b"<clientConfig/>",
        b"<clientConfig><emailProvider/></clientConfig>",
        CONFIG.encode()[:-30],
        CONFIG.replace("UTF-8", "x-unheard-of").encode(),
        b'<?xml version="1.0" encoding="UTF-8"?>\xff\xfe<clientConfig/>',
        LAUGHS,
        FILE,
        b"<clientConfig>" + b"<a>" * 100 + b"</a>" * 100 + b"</clientConfig>",
        CONFIG.encode() + b" " * LARGEST_DOCUMENT,
        config("", ""),
    ],
)
def test_what_is_no_description_of_servers_is_refused(document: bytes) -> None:
    with pytest.raises(NotAConfig):
        read(document)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_else_comes_of_whatever_is_sent(document: bytes) -> None:
    with pytest.raises(NotAConfig):
        read(document)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("imap.example.com", True),
        ("xn--mller-kva.example", True),
        ("a.b.c.d.example.co", True),
        ("localhost", False),
        ("127.0.0.1\n", False),
        ("exa mple.com", False),
        (".example.com", False),
        ("example..com", False),
        ("a" * 64 + ".example.com", False),
        ("a." * 127 + "com", False),
    ],
)
def test_host_names(text: str, is_one: bool) -> None:
    assert is_host_name(text) is is_one
