"""One answer tells everything that is wrong: the form, unknown fields, missing parts, and what must fit together."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from postroom.schemas.checking.known_fields import known_fields
from postroom.schemas.requests.accounts import AccountChange, NewAccount
from postroom.schemas.requests.oauth2 import AppChange, NewApp
from postroom.schemas.requests.settings import SettingsChange
from postroom.schemas.requests.sign_in import NewForm
from postroom.schemas.requests.tokens import NewToken
from postroom.schemas.requests.verification import Verify
from postroom.schemas.requests.webhooks import EndpointChange, NewEndpoint
from tests.api.conftest import IMAP, Client

APP = {"name": "G", "provider": "gmail", "clientId": "c", "clientSecret": "s"}

# Method, path, body, and the fields that one answer must name. The first field is wrong by its form, the others are
# only found by looking at several fields.
TOLD: tuple[tuple[str, str, dict[str, Any], set[str]], ...] = (
    ("POST", "/v1/account", {}, {"account", "name", "imap"}),
    ("POST", "/v1/account", {"accout": "a"}, {"accout", "account", "name", "imap"}),
    ("POST", "/v1/account", {"account": "a", "imap": {}}, {"name", "imap.host", "imap.port", "imap.auth"}),
    (
        "POST",
        "/v1/account",
        {"account": "a", "imap": {"host": "h", "user": "u", "pass": "sesame"}},
        {"name", "imap.user", "imap.pass", "imap.port", "imap.auth"},
    ),
    (
        "POST",
        "/v1/account",
        {"account": "a", "name": "", "imap": {**IMAP, "useAuthServer": "Y"}, "smtp": {"host": "h"}},
        {"name", "imap.auth", "smtp.port", "smtp.auth"},
    ),
    ("POST", "/v1/account", {"account": "a", "imap": {**IMAP, "useAuthServer": "N"}}, {"name"}),
    (
        "POST",
        "/v1/account",
        {"account": "a", "imap": {**IMAP, "auth": {"user": "u", "pass": "******"}}},
        {"name", "imap.auth.pass"},
    ),
    ("POST", "/v1/account?verfy=1", {"account": "a", "name": "A"}, {"verfy", "imap"}),
    (
        "POST",
        "/v1/account",
        {"account": "a", "name": "A", "oauth2": {"x": 1}},
        {"oauth2.x", "oauth2.provider", "oauth2.auth.user"},
    ),
    ("PUT", "/v1/account/user@example.com", {"nam": "A", "smtp": {"host": "h", "port": 25}}, {"nam", "smtp.auth"}),
    ("PUT", "/v1/account/nobody", {"nam": "A", "smtp": {"host": "h", "port": 25}}, {"nam"}),
    ("POST", "/v1/verifyAccount", {"x": 1}, {"x", "imap"}),
    ("POST", "/v1/diagnosis", {"x": 1, "imap": {"host": "h"}}, {"x", "imap.port", "imap.auth"}),
    ("POST", "/v1/authentication/form", {"delegated": True}, {"redirectUrl", "email"}),
    ("POST", "/v1/oauth2", {"name": "", "provider": "gmail"}, {"name", "clientId", "clientSecret"}),
    ("PUT", "/v1/oauth2/gmail", {"name": "", "clientSecret": "******"}, {"name", "clientSecret"}),
    ("PUT", "/v1/oauth2/gmail", {"name": "", "provider": "oidc"}, {"name", "discoveryUrl", "imap"}),
    ("POST", "/v1/settings", {"x": 1, "webhooks": "https://a:******@example.com/"}, {"x", "webhooks"}),
    (
        "POST",
        "/v1/webhooks",
        {"secret": "short", "customHeaders": [{"key": "host"}]},
        {"url", "secret", "customHeaders.0.key"},
    ),
    ("PUT", "/v1/webhooks/global", {"x": 1, "url": "https://example.com/"}, {"x", "url"}),
    ("POST", "/v1/webhooks/wh_1/rotate", {"overlap": -1, "secret": "short"}, {"overlap", "secret"}),
    ("POST", "/v1/tokens", {"expires": "2001-01-01"}, {"description", "expires"}),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "fields"), TOLD)
async def test_everything_is_told_at_once(
    client: Client, method: str, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    await client.register()
    assert (await client.post("/v1/oauth2", APP)).status == 200
    answer = await client.ask(method, path, body)
    assert answer.status == 400, answer.text
    found = [field["key"] for field in answer.body["fields"]]
    assert sorted(found) == sorted(fields)
    assert "sesame" not in answer.text


async def test_a_field_at_the_wrong_level_names_the_right_one(client: Client) -> None:
    body = {"account": "a", "name": "A", "imap": {"host": "h", "port": 993, "user": "u", "pass": "sesame"}}
    assert await client.problems("POST", "/v1/account", body) == {
        "imap.user": '"imap.user" is not allowed: did you mean `imap.auth.user`?',
        "imap.pass": '"imap.pass" is not allowed: did you mean `imap.auth.pass`?',
        "imap.auth": '"imap.auth" is required',
    }


async def test_parameters_are_named_like_fields(client: Client) -> None:
    assert await client.problems("GET", "/v1/accounts?pagesize=5&limit=1", None) == {
        "pagesize": '"pagesize" is not allowed: did you mean `pageSize`?',
        "limit": '"limit" is not allowed',
    }
    assert await client.problems("GET", "/v1/settings?serviceURL=1", None) == {
        "serviceURL": '"serviceURL" is not allowed: did you mean `serviceUrl`?'
    }


async def test_several_meanings_are_all_named(client: Client) -> None:
    found = await client.problems("POST", "/v1/account", {"account": "a", "name": "A", "user": "u"})
    assert found["user"] == (
        '"user" is not allowed: did you mean `imap.auth.user`, `smtp.auth.user` or `oauth2.auth.user`?'
    )


@pytest.mark.parametrize("block", ["imap", "smtp"])
@pytest.mark.parametrize(
    ("host", "cure"),
    [
        ("imap://mail.example.com", "leave out what stands before the name, such as `imap://`"),
        ("mail.example.com:993", "leave out the port, which goes into `port`"),
        ("mail .example.com", "leave out the spaces"),
        (
            "imap://u:sesame@mail.example.com:993",
            "leave out what stands before the name, such as `imap://` and leave out the `@` and what stands before it "
            "and leave out the port, which goes into `port`",
        ),
    ],
)
async def test_what_is_wrong_with_a_host_has_a_sentence_of_its_own(
    client: Client, block: str, host: str, cure: str
) -> None:
    server = {**IMAP, "host": host}
    body = {"account": "a", "name": "A", "imap": IMAP, block: server}
    words = f'"{block}.host" must be a host name or an IP address alone: {cure}'
    assert await client.problems("POST", "/v1/account", body) == {f"{block}.host": words}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("proxy.example.com:3128", "must begin with http://, socks://, socks4://, socks4a:// or socks5://"),
        ("imap://proxy.example.com", "must begin with http://, socks://, socks4://, socks4a:// or socks5://"),
        ("http://u:sesame@proxy .example.com", "must not hold spaces or line breaks"),
        ("http://", "must name a host after http://"),
        ("http://u:sesame@proxy.example.com:port", "must have a port from 0 to 65535, or none"),
    ],
)
async def test_what_is_wrong_with_a_proxy_has_a_sentence_of_its_own(client: Client, url: str, words: str) -> None:
    body = {"account": "a", "name": "A", "imap": IMAP, "proxy": url}
    assert await client.problems("POST", "/v1/account", body) == {"proxy": f'"proxy" {words}'}


async def test_too_many_are_told_with_what_is_wrong_with_one(client: Client) -> None:
    pairs: dict[str, Any] = {f"k{number}": "v" for number in range(51)}
    body = {"account": "a", "name": "A", "imap": IMAP, "metadata": {**pairs, "k7": 7}}
    assert await client.problems("POST", "/v1/account", body) == {
        "metadata": '"metadata" must not hold more than 50 pairs',
        "metadata.k7": '"metadata.k7" must be a string',
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Ada<ada@x.com>", "send the address alone, without a name and without angle brackets"),
        ("mailto:a@b.com", "leave out `mailto:`"),
        ("a@b.com;", "leave out what stands behind it"),
    ],
)
async def test_what_is_no_address_is_refused_wherever_one_is_taken(client: Client, text: str, fault: str) -> None:
    account = {"account": "a", "name": "A", "imap": IMAP, "email": text, "expectedEmail": text}
    form = {"redirectUrl": "https://example.com/", "email": text, "expectedEmail": text}
    app = {**APP, "serviceClientEmail": text}
    for method, path, body, fields in (
        ("POST", "/v1/account", account, {"email", "expectedEmail"}),
        ("PUT", "/v1/account/a", {"email": text, "expectedEmail": text}, {"email", "expectedEmail"}),
        ("POST", "/v1/authentication/form", form, {"email", "expectedEmail"}),
        ("POST", "/v1/oauth2", app, {"serviceClientEmail"}),
        ("GET", f"/v1/autoconfig?email={quote(text)}", None, {"email"}),
    ):
        found = await client.problems(method, path, body)
        assert found == {field: f'"{field}" must be an e-mail address: {fault}' for field in fields}, path


@pytest.mark.long
@pytest.mark.parametrize("email", ["ada@localhost", "jö@exämple.com", " ada@example.test "])
async def test_addresses_of_ones_own_network_and_script_are_taken(client: Client, email: str) -> None:
    assert (await client.register(email=email)).status == 200
    assert (await client.get("/v1/account/user@example.com")).body["email"] == email.strip()


SENT: tuple[Any, ...] = (None, True, -1, "x", "******", [1], {"x": 1}, [{"key": 1}])


@pytest.mark.long
@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v1/account", NewAccount),
        ("PUT", "/v1/account/user@example.com", AccountChange),
        ("POST", "/v1/verifyAccount", Verify),
        ("POST", "/v1/authentication/form", NewForm),
        ("POST", "/v1/oauth2", NewApp),
        ("PUT", "/v1/oauth2/gmail", AppChange),
        ("POST", "/v1/settings", SettingsChange),
        ("POST", "/v1/webhooks", NewEndpoint),
        ("PUT", "/v1/webhooks/wh_1", EndpointChange),
        ("POST", "/v1/tokens", NewToken),
    ],
)
async def test_whatever_a_field_holds_the_answer_names_what_is_wrong(
    client: Client, method: str, path: str, kind: Any
) -> None:
    await client.register()
    assert (await client.post("/v1/oauth2", APP)).status == 200
    for field, inside in known_fields(kind).items():
        for value in SENT:
            bodies = [{field: value}, *({field: {name: value}} for name in inside)]
            for body in bodies:
                found = await client.problems(method, path, {**body, "bogus": 1})
                assert found["bogus"] == '"bogus" is not allowed', body
