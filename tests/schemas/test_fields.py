"""The kinds of values that requests are made of: what is taken, how it comes out, and the words for what is refused."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import TypeAdapter

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.schemas import fields
from postroom.schemas.fields import POLICY, WEBHOOK_POLICY, AtMost, OneOf, OrFalse
from tests.schemas.checked import value_of, words_for

PROXY_URLS = "must begin with http://, socks://, socks4://, socks4a:// or socks5://"
NO_DATE = "must be a date in ISO 8601 format"
NOT_ONE_LINE = "must not hold a line break or a NUL character"


@pytest.mark.parametrize(
    ("kind", "sent", "made"),
    [
        ("AccountId", " user@example.com ", "user@example.com"),
        ("AccountId", "...", "..."),
        ("AccountId", "a/b?c#d", "a/b?c#d"),
        ("Name", " Ada ", "Ada"),
        ("AnyText", "two\nlines ", "two\nlines "),
        ("Text", "", ""),
        ("OptionalText", "", None),
        ("OptionalText", None, None),
        ("ShortText", "x" * 100, "x" * 100),
        ("SearchText", "  ", ""),
        ("LoginText", "  spaces  ", "  spaces  "),
        ("BearerText", "x" * 16384, "x" * 16384),
        ("Email", " ada@example.com ", "ada@example.com"),
        ("Email", "jö@exämple.com", "jö@exämple.com"),
        ("OptionalEmail", "", None),
        ("HeaderName", "X-Tenant_1", "X-Tenant_1"),
        ("HeaderValue", "", ""),
    ],
)  # fmt: skip
def test_texts_that_are_taken(kind: str, sent: object, made: object) -> None:
    assert value_of(getattr(fields, kind), sent) == made


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("AccountId", "", "must not be empty"),
        ("AccountId", "  ", "must not be empty"),
        ("AccountId", "x" * 257, "must not be longer than 256 characters"),
        ("AccountId", "a\0b", "must not hold a NUL character"),
        ("AccountId", "..", "must not be `.` or `..`: no URL can name it"),
        ("AccountId", " . ", "must not be `.` or `..`: no URL can name it"),
        ("AccountId", 5, "must be a string"),
        ("Name", " ", "must not be empty"),
        ("Name", None, "must be a string"),
        ("AnyText", "\0", "must not hold a NUL character"),
        ("Text", "x" * 257, "must not be longer than 256 characters"),
        ("ShortText", "x" * 101, "must not be longer than 100 characters"),
        ("SearchText", "\0x", "must not hold a NUL character"),
        ("LoginText", "a\r\nA1 LOGOUT", NOT_ONE_LINE),
        ("LoginText", "a\0b", NOT_ONE_LINE),
        ("BearerText", "x" * 16385, "must not be longer than 16384 characters"),
        ("BearerText", "a\nb", NOT_ONE_LINE),
        ("Email", "nobody", "must be an e-mail address: an email address must have an @-sign"),
        ("Email", "x" * 257, "must not be longer than 256 characters"),
        ("HeaderName", "", "must not be empty"),
        ("HeaderName", "a b", "must be a header name"),
        ("HeaderName", "a:", "must be a header name"),
        ("HeaderName", "ä", "must be a header name"),
        ("HeaderValue", "x\r\ny: z", NOT_ONE_LINE),
        ("HeaderValue", "x" * 10241, "must not be longer than 10240 characters"),
    ],
)  # fmt: skip
def test_texts_that_are_refused(kind: str, sent: object, words: str) -> None:
    assert words_for(getattr(fields, kind), sent) == [f'"x" {words}']


@pytest.mark.parametrize(
    ("kind", "sent", "made"),
    [
        *(("Flag", sent, True) for sent in (True, 1, "1", "true", "True", "Y", "yes", "on")),
        *(("Flag", sent, False) for sent in (False, 0, "0", "false", "N", "no", "off", "", None)),
        ("OptionalFlag", "", None),
        ("OptionalFlag", None, None),
        ("OptionalFlag", "Y", True),
        ("Port", 1, 1),
        ("Port", "993", 993),
        ("Port", 65535, 65535),
        ("Port", 993.0, 993),
        ("Count", "0", 0),
        ("Count", 2**53 - 1, 2**53 - 1),
    ],
)  # fmt: skip
def test_switches_and_numbers_that_are_taken(kind: str, sent: object, made: object) -> None:
    found = value_of(getattr(fields, kind), sent)
    assert (found, type(found)) == (made, type(made))


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("Flag", "maybe", "must be true or false"),
        ("Flag", 2, "must be true or false"),
        ("Flag", [], "must be true or false"),
        ("OptionalFlag", "maybe", "must be true or false"),
        ("Port", 0, "must be greater than or equal to 1"),
        ("Port", 65536, "must be less than or equal to 65535"),
        ("Port", "imap", "must be a number"),
        ("Port", "", "must be a number"),
        ("Port", True, "must be a number"),
        ("Port", None, "must be a number"),
        ("Port", 993.5, "must be a whole number"),
        ("Port", float("inf"), "must be a number"),
        ("Port", "9" * 5000, "must be a smaller number"),
        ("Count", -1, "must be greater than or equal to 0"),
        ("Count", 2**53, "must be less than or equal to 9007199254740991"),
        ("Count", False, "must be a number"),
    ],
)
def test_switches_and_numbers_that_are_refused(kind: str, sent: object, words: str) -> None:
    assert words_for(getattr(fields, kind), sent) == [f'"x" {words}']


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ("2025-01-01", "2025-01-01T00:00:00.000Z"),
        ("2025-01-01T02:00:00+02:00", "2025-01-01T00:00:00.000Z"),
        ("2025-01-01T00:00:00.123456Z", "2025-01-01T00:00:00.123Z"),
        ("1000-01-01T00:00:00Z", "1000-01-01T00:00:00.000Z"),
        ("", None),
        (None, None),
    ],
)
def test_moments_come_out_in_one_form(sent: object, made: object) -> None:
    assert value_of(fields.Moment, sent) == made


@pytest.mark.parametrize(
    "sent",
    [
        "yesterday",
        1640995200000,
        True,
        "2025-13-01",
        "0999-12-31",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_moment_is_refused(sent: object) -> None:
    assert words_for(fields.Moment, sent) == [f'"x" {NO_DATE}']


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "::1", "[::1]", "localhost", "õ.example", " mail.example "])
def test_hosts_that_are_taken(host: str) -> None:
    assert value_of(fields.Host, host) == host.strip()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("", "must be a host name or an IP address"),
        ("a..b", "must be a host name or an IP address"),
        ("imap://a.example", "must be a host name or an IP address alone: "
         "leave out what stands before the name, such as `imap://`"),
        ("user@a.example", "must be a host name or an IP address alone: leave out the `@` and what stands before it"),
        ("a.example/x", "must be a host name or an IP address alone: leave out the slash and what follows it"),
        ("a .example", "must be a host name or an IP address alone: leave out the spaces"),
        ("a.example:993", "must be a host name or an IP address alone: leave out the port, which goes into `port`"),
        ("x" * 257, "must not be longer than 256 characters"),
    ],
)  # fmt: skip
def test_hosts_that_are_refused_with_the_cure(host: str, words: str) -> None:
    assert words_for(fields.Host, host) == [f'"x" {words}']


@pytest.mark.parametrize("kind", ["Host", "FetchedUrl", "ProxyUrl"])
def test_mail_servers_are_under_the_policy_for_mail(kind: str) -> None:
    sent = {"Host": "10.0.0.1", "FetchedUrl": "https://10.0.0.1/", "ProxyUrl": "socks5://10.0.0.1:1080"}[kind]
    assert value_of(getattr(fields, kind), sent, **{WEBHOOK_POLICY: AddressPolicy.PUBLIC}) == sent
    (words,) = words_for(getattr(fields, kind), sent, **{POLICY: AddressPolicy.PUBLIC})
    assert words.startswith('"x" is refused: The address 10.0.0.1 is not a public address')


@pytest.mark.parametrize("kind", ["RequiredWebhookUrl", "WebhookUrl"])
def test_receivers_of_webhooks_are_under_their_own_policy(kind: str) -> None:
    sent = "https://10.0.0.1/"
    assert value_of(getattr(fields, kind), sent, **{POLICY: AddressPolicy.PUBLIC}) == sent
    (words,) = words_for(getattr(fields, kind), sent, **{WEBHOOK_POLICY: AddressPolicy.PUBLIC})
    assert words.startswith('"x" is refused: The address 10.0.0.1 is not a public address')


@pytest.mark.parametrize("kind", ["Host", "WebhookUrl"])
def test_the_addresses_of_clouds_are_refused_under_any_policy(kind: str) -> None:
    sent = {"Host": "169.254.169.254", "WebhookUrl": "http://169.254.169.254/"}[kind]
    (words,) = words_for(getattr(fields, kind), sent)
    assert "a link-local address, where clouds keep their metadata" in words


@pytest.mark.parametrize(
    ("kind", "sent", "made"),
    [
        ("WebhookUrl", " https://user:pass@example.com:8443/in?x=1#y ", "https://user:pass@example.com:8443/in?x=1#y"),
        ("WebhookUrl", "HTTP://EXAMPLE.com", "HTTP://EXAMPLE.com"),
        ("WebhookUrl", "", None),
        ("FetchedUrl", "https://id.example/.well-known", "https://id.example/.well-known"),
        ("FetchedUrl", None, None),
        ("PageUrl", "http://localhost:8080/done", "http://localhost:8080/done"),
        ("PageUrl", "", None),
        ("ProxyUrl", "socks5://user:pass@proxy:1080", "socks5://user:pass@proxy:1080"),
        ("ProxyUrl", "", None),
        ("Origin", "https://mail.example.com/", "https://mail.example.com"),
        ("Origin", "http://mail.example.com:3000", "http://mail.example.com:3000"),
        ("Origin", "", None),
    ],
)
def test_urls_that_are_taken(kind: str, sent: object, made: object) -> None:
    assert value_of(getattr(fields, kind), sent) == made


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("RequiredWebhookUrl", "", "must begin with https:// or http://"),
        ("WebhookUrl", "ftp://x.example/", "must begin with https:// or http://"),
        ("WebhookUrl", "https://u:sesame@x.example/a b", "must not hold spaces or line breaks"),
        ("WebhookUrl", "https://x.example/\r\nHost: y", "must not hold spaces or line breaks"),
        ("WebhookUrl", "https://", "must name a host after https://"),
        ("WebhookUrl", "https://u:sesame@x.example:99999/", "must have a port from 0 to 65535, or none"),
        ("WebhookUrl", "https://u:sesame@[::1/", "must hold a host name or an IP address that can be read"),
        ("WebhookUrl", "https://" + "x" * 2041, "must not be longer than 2048 characters"),
        ("WebhookUrl", 5, "must be a string"),
        ("FetchedUrl", "file:///etc/passwd", "must begin with https:// or http://"),
        ("RequiredPageUrl", "javascript:alert(1)", "must begin with https:// or http://"),
        ("ProxyUrl", "u:sesame@proxy:3128", PROXY_URLS),
        ("ProxyUrl", "https://proxy:3128", PROXY_URLS),
        ("Origin", "https://x.example/app", "must be an origin alone, such as https://postroom.example.com"),
        ("Origin", "https://x.example/?a=1", "must be an origin alone, such as https://postroom.example.com"),
        ("Origin", "https://u:sesame@x.example", "must be an origin alone, such as https://postroom.example.com"),
    ],
)  # fmt: skip
def test_urls_that_are_refused_without_a_word_of_theirs(kind: str, sent: object, words: str) -> None:
    assert words_for(getattr(fields, kind), sent) == [f'"x" {words}']


@pytest.mark.parametrize(
    ("sent", "made"), [("mx1.example.com", "mx1.example.com"), ("xn--jgeva-dua.ee", "xn--jgeva-dua.ee"), ("", None)]
)
def test_names_for_ehlo_that_are_taken(sent: str, made: str | None) -> None:
    assert value_of(fields.EhloName, sent) == made


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("jõgeva.ee", "must be ASCII: write a name in other letters as `xn--…`"),
        ("mx1.example.com:25", "must be a host name or an IP address alone: leave out the port"),
        ("x" * 254, "must not be longer than 253 characters"),
    ],
)
def test_names_for_ehlo_that_are_refused(sent: str, words: str) -> None:
    assert words_for(fields.EhloName, sent) == [f'"x" {words}']


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ("INBOX", ["INBOX"]),
        (["INBOX", "Sent Items"], ["INBOX", "Sent Items"]),
        *((sent, []) for sent in ("", None, [], "*", ["*"], ["INBOX", "*"])),
    ],
)
def test_every_way_to_name_folders(sent: object, made: list[str]) -> None:
    assert value_of(fields.MailboxPaths, sent) == made


def test_a_star_is_a_folder_for_extra_connections() -> None:
    assert value_of(fields.SubconnectionPaths, "*") == ["*"]
    assert value_of(fields.SubconnectionPaths, None) == []


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("MailboxPaths", ["INBOX", ""], '"1" must not be empty'),
        ("MailboxPaths", ["x" * 1025], '"0" must not be longer than 1024 characters'),
        ("MailboxPaths", ["a\nb"], f'"0" {NOT_ONE_LINE}'),
        ("MailboxPaths", {"a": 1}, '"x" must be an array'),
        ("SubconnectionPaths", ["x" * 257], '"0" must not be longer than 256 characters'),
        ("OptionalMailboxPath", "a\0b", f'"x" {NOT_ONE_LINE}'),
    ],
)
def test_folders_that_are_refused(kind: str, sent: object, words: str) -> None:
    assert words_for(getattr(fields, kind), sent) == [words]


def test_a_block_may_be_the_literal_false() -> None:
    kind = Annotated[dict[str, int], OrFalse()]
    assert value_of(kind, False) is False
    assert value_of(kind, {"a": 1}) == {"a": 1}
    for sent in (True, 0, None, "false"):
        assert words_for(kind, sent) == ['"x" must be an object']
    assert {"const": False} in TypeAdapter(kind).json_schema()["anyOf"]


def test_too_many_are_told_with_what_is_wrong_inside() -> None:
    kind = Annotated[dict[str, int], AtMost(2, "pairs")]
    assert value_of(kind, {"a": 1, "b": "2"}) == {"a": 1, "b": 2}
    too_many = '"x" must not hold more than 2 pairs'
    assert words_for(kind, {"a": 1, "b": 2, "c": 3}) == [too_many]
    assert words_for(kind, {"a": 1, "b": "?", "c": "!"}) == [too_many, '"b" must be a number', '"c" must be a number']
    assert words_for(kind, "abc") == ['"x" must be an object']


def test_a_bounded_list_may_be_a_single_text() -> None:
    kind = Annotated[fields.MailboxPaths, AtMost(1, "folders")]
    assert value_of(kind, "INBOX") == ["INBOX"]
    assert words_for(kind, ["a", "b"]) == ['"x" must not hold more than 1 folders']


def test_one_of_several_names() -> None:
    kind = Annotated[str, OneOf(("one", "other"))]
    assert value_of(kind, "other") == "other"
    for sent in ("", "ONE", 1, None):
        assert words_for(kind, sent) == ["\"x\" must be one of 'one' or 'other'"]
    assert TypeAdapter(kind).json_schema()["enum"] == ["one", "other"]
