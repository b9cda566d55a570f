"""The domains that somebody has registered."""

from __future__ import annotations

import subprocess
import sys

import pytest

from postroom.onboarding.autoconfig.domain_names import registered_domain


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
