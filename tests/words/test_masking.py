"""The placeholder: put where a secret was, and found again."""

from __future__ import annotations

import pytest

from postroom.words.masking import MASK, has_userinfo, holds_mask, masked, masked_url, split_userinfo


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass@proxy:8080/", f"http://{MASK}:{MASK}@proxy:8080/"),
        ("http://user@proxy/", f"http://{MASK}@proxy/"),
        ("socks5://:pass@proxy", f"socks5://:{MASK}@proxy"),
        ("http://a:b:c@proxy", f"http://{MASK}:{MASK}@proxy"),
        ("http://a:b@c@proxy", f"http://{MASK}:{MASK}@proxy"),
        ("https://proxy/a@b?c@d#e@f", "https://proxy/a@b?c@d#e@f"),
    ],
)
def test_the_user_and_password_in_a_url_are_masked_and_found(url: str, shown: str) -> None:
    assert masked_url(url) == shown
    assert masked_url(shown) == shown
    assert has_userinfo(url) is (url != shown)
    assert holds_mask(shown) is (url != shown)
    assert not holds_mask(url)


@pytest.mark.parametrize(
    ("url", "address", "userinfo"),
    [
        ("https://h/a@b?c@d", "https://h/a@b?c@d", None),
        ("https://u@h:1/x", "https://h:1/x", ("u", "")),
        ("https://a%3Ab:p%40q@h/", "https://h/", ("a:b", "p@q")),
        ("https://u:p@q@h/", "https://h/", ("u", "p@q")),
    ],
)
def test_the_userinfo_of_a_url_is_taken_out_and_decoded(
    url: str, address: str, userinfo: tuple[str, str] | None
) -> None:
    assert split_userinfo(url) == (address, userinfo)


def test_an_empty_value_hides_nothing() -> None:
    assert (masked("x"), masked("")) == (MASK, "")
