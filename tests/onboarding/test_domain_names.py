"""Names as DNS writes them, and the domains that somebody has registered."""

from __future__ import annotations

import subprocess
import sys

import pytest

from postroom.onboarding.domain_names import ascii_name, registered_domain


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Example.COM.", "example.com"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("b\u200dad.example", ""),
        ("ü" * 80 + ".example", ""),
        ("", ""),
    ],
)
def test_how_dns_writes_a_name(name: str, written: str) -> None:
    assert ascii_name(name) == written


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("mx1.hoster.co.uk", "hoster.co.uk"),
        ("hoster.co.uk", "hoster.co.uk"),
        ("mx.a.b.hoster.com", "hoster.com"),
        ("mx.city.kawasaki.jp", "city.kawasaki.jp"),
        ("mx.hoster.unheard-of", "hoster.unheard-of"),
        ("mx.xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("co.uk", None),
    ],
)
def test_what_somebody_has_registered(host: str, domain: str | None) -> None:
    assert registered_domain(host) == domain


def test_the_list_is_not_read_before_it_is_needed() -> None:
    program = "import sys, postroom.onboarding.autoconfig; sys.exit('publicsuffixlist' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
