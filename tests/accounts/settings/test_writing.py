"""Settings as documents: secrets apart, masked, and back again without a loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.accounts.settings.reading import opened, settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.writing import differing, document_of, masked, split
from postroom.words.masking import MASK
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP, STORED

_TEXT = st.text(min_size=1).filter(lambda text: text != MASK)
_AUTH = st.fixed_dictionaries({"user": _TEXT}, optional={"pass": _TEXT, "accessToken": _TEXT})
_BLOCK = st.fixed_dictionaries({"host": _TEXT, "port": st.integers(1, 65535)}, optional={"auth": _AUTH})
_WORD = st.text(alphabet="abcxyz0189._~%-", min_size=1)
_URL = st.builds(
    lambda scheme, userinfo, host, rest: f"{scheme}://{userinfo}{host}{rest}",
    st.sampled_from(["http", "https", "socks5"]),
    st.one_of(st.just(""), st.builds("{}:{}@".format, _WORD, _WORD), st.builds("{}@".format, _WORD)),
    _WORD,
    st.sampled_from(["", "/", "/a@b", "/?to=http://x:y@z", ":8080/#a@b"]),
)
_HEADER = st.fixed_dictionaries({"key": _TEXT}, optional={"value": st.text()})
_DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "imap": _BLOCK,
        "smtp": _BLOCK,
        "oauth2": st.fixed_dictionaries(
            {"provider": _TEXT}, optional={"auth": _AUTH, "accessToken": _TEXT, "refreshToken": _TEXT}
        ),
        "proxy": _URL,
        "webhooks": _URL,
        "webhooksCustomHeaders": st.lists(_HEADER, max_size=4),
        "name": st.text(),
        "path": st.lists(st.text()),
    },
)


@pytest.mark.long
@given(_DOCUMENT)
def test_joining_what_was_split_gives_the_same_document(full: Document) -> None:
    settings = settings_of(full)
    shown, secrets = split(settings)
    assert opened(settings_of(shown), secrets) == settings
    assert document_of(settings) == full
    assert masked(settings_of(shown)) == shown


@given(_DOCUMENT)
def test_a_masked_document_shows_no_secret(full: Document) -> None:
    shown_document, _ = split(settings_of(full))
    for block in ("imap", "smtp", "oauth2"):
        shown, real = shown_document.get(block, {}), full.get(block, {})
        for key in ("pass", "accessToken", "refreshToken"):
            for shown_part, real_part in ((shown, real), (shown.get("auth", {}), real.get("auth", {}))):
                assert shown_part.get(key) == (MASK if key in real_part else None)
    for shown_header, header in zip(
        shown_document.get("webhooksCustomHeaders", []), full.get("webhooksCustomHeaders", []), strict=True
    ):
        assert shown_header.get("value") == (MASK if header.get("value") else header.get("value"))
        assert shown_header["key"] == header["key"]


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
def test_the_user_and_password_in_a_url_are_masked(url: str, shown: str) -> None:
    for name in ("proxy", "webhooks"):
        document, secrets = split(settings_of({name: url}))
        assert document == {name: shown}
        assert document_of(opened(settings_of(document), secrets)) == {name: url}


def test_header_values_are_masked_but_empty_ones_stay_empty() -> None:
    headers = [{"key": "X-A", "value": "secret"}, {"key": "X-B", "value": ""}, {"key": "X-C"}]
    shown = masked(settings_of({"webhooksCustomHeaders": headers}))
    assert shown["webhooksCustomHeaders"] == [
        {"key": "X-A", "value": MASK},
        {"key": "X-B", "value": ""},
        {"key": "X-C"},
    ]


def test_a_document_without_secrets_has_none() -> None:
    full = {"imap": {"host": "h", "port": 1, "useAuthServer": True}, "webhooksCustomHeaders": [{"key": "a"}]}
    assert split(settings_of(full)) == (full, {})


def test_fields_that_differ_are_named_as_the_api_names_them() -> None:
    before = settings_of({**STORED, "smtp": SMTP, "logs": False})
    after = settings_of({**STORED, "imap": {**IMAP, "tls": {"minVersion": "TLSv1"}}, "smtp": SMTP, "oauth2": OAUTH2})
    paths = ("imap.host", "imap.tls.minVersion", "oauth2.auth.user", "logs", "smtp.port", "nothing.of.that")
    assert differing(before, after, paths) == {"imap.tls.minVersion", "oauth2.auth.user", "logs"}
    # What is false says as much as what is not said.
    assert differing(before, settings_of(STORED), ("logs",)) == {"logs"}
