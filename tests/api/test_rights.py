"""What a token of one account may do over HTTP: every field of the API, against the table and against the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from postroom.access.tokens import ACTIONS, GROUPS
from postroom.accounts.rights.allowed import FIELDS, REQUESTS, Right, right_of
from postroom.api.routes.table import ROUTES
from postroom.schemas.checking.known_fields import FieldNames, known_fields
from postroom.schemas.requests.accounts import AccountChange, NewAccount
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue
from tests.fakes.imap_server import FakeImapServer
from tests.house.modules import PROJECT

PATH = "/v1/account/mine"
SECRET = "never shown"
SERVER = {"host": "mail.example.com", "port": 993, "secure": True, "auth": {"user": "jo", "pass": SECRET}}
HEADERS = [{"key": "X-Key", "value": SECRET}]
MINE: dict[str, Any] = {
    "account": "mine",
    "name": "Jo",
    "email": "jo@example.com",
    "expectedEmail": "jo@example.com",
    "imap": SERVER,
    "smtp": {**SERVER, "host": "out.example.com", "port": 465},
    "oauth2": {
        "provider": "gmail",
        "auth": {"user": "jo@example.com"},
        "accessToken": SECRET,
        "refreshToken": SECRET,
        "expires": "2100-01-01T00:00:00.000Z",
    },
    "proxy": "socks5://proxy.example.com:1080",
    "webhooks": "https://hooks.example.com/",
    "webhooksCustomHeaders": HEADERS,
    "smtpEhloName": "gateway.example.com",
    "subconnections": ["Work"],
    "metadata": {"tenant": "7"},
}
GMAIL = {"name": "Gmail", "provider": "gmail", "clientId": "c", "clientSecret": "s"}
MOMENT = "2020-01-01T00:00:00.000Z"

SAMPLES: dict[str, Any] = {
    "account": "other",
    "name": "Jane",
    "email": "x@example.com",
    "expectedEmail": "x@example.com",
    "path": ["INBOX"],
    "subconnections": ["A", "B"],
    "webhooks": "https://evil.example.com/",
    "webhooksCustomHeaders": [{"key": "Authorization", "value": "x"}],
    "copy": True,
    "logs": True,
    "notifyFrom": MOMENT,
    "syncFrom": MOMENT,
    "imapIndexer": "fast",
    "proxy": "socks5://evil.example.com",
    "smtpEhloName": "evil.example.com",
    "locale": "de",
    "tz": "Europe/Tallinn",
    "metadata": {"tenant": "8"},
}
SERVER_SAMPLES: dict[str, Any] = {
    "host": "evil.example.com",
    "port": 1993,
    "secure": False,
    "auth.user": "else",
    "auth.pass": "new",
    "auth.accessToken": "new",
    "useAuthServer": True,
    "disabled": True,
    "partial": True,
    "resyncDelay": 60,
    "tls.rejectUnauthorized": False,
    "tls.minVersion": "TLSv1",
    "tls.allowPlaintext": True,
    "tls.servername": "evil.example.com",
    "disableIMAP4rev2": True,
    "sentMailPath": "S",
    "draftsMailPath": "D",
    "junkMailPath": "J",
    "trashMailPath": "T",
    "archiveMailPath": "A",
}
OAUTH2_SAMPLES: dict[str, Any] = {
    "provider": "outlook",
    "enabled": False,
    "auth.user": "ceo@example.com",
    "auth.delegatedUser": "team",
    "auth.delegatedAccount": "stranger",
    "accessToken": "new",
    "refreshToken": "new",
    "expires": MOMENT,
    "generated": MOMENT,
    "useAuthServer": True,
    "authority": "x",
    "partial": True,
    "authorize": True,
    "redirectUrl": "https://example.com/",
}


def leaves(names: FieldNames, place: str = "") -> Iterator[str]:
    for name, inside in names.items():
        path = f"{place}.{name}" if place else name
        yield from leaves(inside, path) if inside else [path]


def sample(path: str) -> Any:
    block, _, rest = path.partition(".")
    return {"imap": SERVER_SAMPLES, "smtp": SERVER_SAMPLES, "oauth2": OAUTH2_SAMPLES}.get(block, SAMPLES)[rest or block]


def change_of(path: str, value: Any) -> dict[str, Any]:
    """The body of a PUT that names this field alone, and what cannot be left out beside it."""
    *parents, last = path.split(".")
    change: dict[str, Any] = {last: value}
    for parent in reversed(parents):
        change = {parent: change}
    block = parents[0] if parents else ""
    if path in ("imap.host", "smtp.host", "oauth2.provider"):
        change[block]["partial"] = True
    if path.startswith("oauth2.auth.delegated"):
        change["oauth2"]["auth"].setdefault("delegatedUser", "team")
    return change


def with_secrets(change: dict[str, Any], answer: Any) -> dict[str, Any]:
    """The same change with the secrets that an answer asks for."""
    for field in answer.body["fields"]:
        block, _, key = str(field["key"]).partition(".auth.")
        change = {**change, block: {**change[block]}}
        user = {"user": "jo"} if change[block].get("partial") else {}
        change[block]["auth"] = {**user, **change[block].get("auth", {}), key: "sent"}
    return change


def documented() -> dict[str, str]:
    """The tables of the page, by field."""
    page = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
    section = page.partition("### Tokens of one account")[2].partition("\n### ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {field: row[1].strip() for row in rows for field in re.findall(r"`([\w.]+)`", row[0])}


async def mine(client: Client) -> Client:
    """The account as an administrator made it, with its application, and a token for it alone."""
    await client.post("/v1/oauth2", GMAIL)
    assert (await client.post("/v1/account", MINE)).status == 200
    return await issue(client, account="mine")


async def reset(client: Client) -> None:
    assert (await client.post("/v1/account?upsert=true", MINE)).status == 200


def denials(answer: Any) -> dict[str, str]:
    assert (answer.status, answer.body["code"]) == (403, "AccessDenied"), answer.text
    assert answer.body["message"] == "Unauthorized change"
    return {field["key"]: field["message"] for field in answer.body["fields"]}


def test_the_page_has_the_table_as_it_is() -> None:
    assert documented() == {name: right.value for name, right in (*FIELDS.items(), *REQUESTS.items())}


@pytest.mark.parametrize("kind", [AccountChange, NewAccount], ids=lambda kind: str(kind.__name__))
def test_every_field_of_an_account_has_its_row(kind: Any) -> None:
    assert [path for path in leaves(known_fields(kind)) if right_of(path) is None] == []


def test_every_row_is_of_a_field_that_there_is() -> None:
    there = {*leaves(known_fields(AccountChange)), *leaves(known_fields(NewAccount)), "webhooksCustomHeaders"}
    assert set(FIELDS) - there == set()


def test_what_else_a_bound_token_can_send_has_its_row() -> None:
    reached = [route for route in ROUTES if "{account}" in route.path or route.account_query]
    assert {route.operation for route in reached} >= {"updateAccount", "flushAccount", "listEvents", "listTokens"}
    sent = {name for route in reached if route.body not in (None, AccountChange) for name in known_fields(route.body)}
    sent |= {name for route in reached for name in known_fields(route.query)}
    assert [name for name in sent if name not in REQUESTS and name not in FIELDS] == []


async def test_every_field_is_what_the_table_says(client: Client) -> None:
    bound = await mine(client)
    taken = {name.partition(".key")[0].partition(".value")[0] for name in leaves(known_fields(AccountChange))}
    for path, right in FIELDS.items():
        change = change_of(path, sample(path))
        answer = await bound.put(PATH, change)
        if path not in taken:
            assert answer.status == 400, (path, answer.text)
            continue
        if right is Right.YES:
            assert answer.status == 200, (path, answer.text)
        else:
            told = denials(answer)
            assert path in told or right is Right.WITH_SECRET, (path, told)
            assert (await client.get(PATH)).body["account"] == "mine"
        if right is Right.WITH_SECRET:
            assert set(told) <= {"imap.auth.pass", "smtp.auth.pass"}, (path, told)
            assert f'"{path}"' in next(iter(told.values()))
            again = await bound.put(PATH, with_secrets(change, answer))
            assert again.status == 200, (path, again.text)
        await reset(client)


async def test_what_was_refused_was_not_stored(client: Client) -> None:
    bound = await mine(client)
    before = (await client.get(PATH)).body
    everything: dict[str, Any] = {}
    for path, right in FIELDS.items():
        if right is Right.ADMINISTRATOR and "." not in path:
            everything |= change_of(path, sample(path))
    told = denials(await bound.put(PATH, everything))
    assert set(told) >= set(everything)
    assert all("administrator" in told[name] for name in everything)
    assert SECRET not in str(told)
    assert (await client.get(PATH)).body == before


async def test_what_a_get_showed_may_be_sent_back(client: Client) -> None:
    bound = await mine(client)
    shown = (await bound.get(PATH)).body
    body = {name: value for name, value in shown.items() if name in known_fields(AccountChange)}
    assert set(body) >= {"proxy", "webhooks", "metadata", "imap", "smtp", "oauth2", "expectedEmail", "smtpEhloName"}
    # Secrets cannot be sent back, for anybody: they are left out.
    assert body.pop("webhooksCustomHeaders") == [{"key": "X-Key", "value": "******"}]
    for name in ("imap", "smtp"):
        body[name] = {**body[name], "partial": True}
        assert body[name].pop("auth") == {"user": "jo", "pass": "******"}
    body["oauth2"] = {name: value for name, value in body["oauth2"].items() if value != "******"} | {"partial": True}
    body["copy"] = bool(body["copy"])
    answer = await bound.put(PATH, body)
    assert answer.status == 200, answer.text
    assert [each for each in (await bound.get(f"{PATH}/timeline")).body["timeline"] if "changes" in each] == []
    masked = {"imap": {"partial": True, "host": "evil.example.com", "auth": {"user": "jo", "pass": "******"}}}
    assert set(await bound.problems("PUT", PATH, masked)) == {"imap.auth.pass"}


async def test_a_stranger_is_neither_borrowed_from_nor_told_from_nobody(client: Client) -> None:
    bound = await mine(client)
    stranger = {"provider": "gmail", "auth": {"user": "ceo@example.com"}, "accessToken": SECRET, "refreshToken": SECRET}
    assert (await client.post("/v1/account", {"account": "stranger", "name": "S", "oauth2": stranger})).status == 200
    async with FakeImapServer() as imap:
        told = []
        for lender in ("stranger", "nobody", "mine"):
            auth = {"user": "jo@example.com", "delegatedUser": "ceo", "delegatedAccount": lender}
            server = {"host": "127.0.0.1", "port": imap.port, "secure": False, "tls": {"allowPlaintext": True}}
            change = {"imap": server, "oauth2": {"auth": auth}}
            for query in ("", "?verify=true"):
                answer = await bound.put(PATH + query, change)
                assert "oauth2.auth.delegatedAccount" in denials(answer)
                told.append(answer.text)
        assert len(set(told)) == 1
        assert imap.statistics.connections == 0


ROUTES_OF_ONE = [route for route in ROUTES if "{account}" in route.path and route.needs is not None]


@pytest.mark.parametrize("route", ROUTES_OF_ONE, ids=lambda route: str(route.operation))
async def test_no_route_tells_a_stranger_from_nobody(client: Client, route: Any) -> None:
    bound = await mine(client)
    await client.register("stranger")
    answers = [
        await bound.ask(route.method, route.path.replace("{account}", name), None if route.body is None else {})
        for name in ("stranger", "nobody")
    ]
    assert answers[0].body["message"] == "Unauthorized account"
    assert (answers[0].status, answers[0].text) == (answers[1].status, answers[1].text)


GROUPS_OF_MAIL = ("mailbox", "message", "submit", "outbox")
MAIL_ROUTES = [route for route in ROUTES_OF_ONE if route.needs and route.needs.group in GROUPS_OF_MAIL]


def mail_path(route: Any, account: str) -> str:
    """Return a path of the route with values for its parameters; what they name does not exist."""
    return re.sub(r"\{\w+\}", "AAAAAQAAAGM", route.path.replace("{account}", account))


def narrowings(route: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    """Return permissions of narrowed tokens, each with whether it allows the route."""
    group, action = route.needs.group, route.needs.action
    yield {"groups": [group], "actions": [action]}, True
    yield {"groups": [group]}, True
    yield {"actions": [action]}, True
    yield {"groups": [each for each in GROUPS if each != group]}, False
    yield {"actions": [each for each in ACTIONS if each != action]}, False
    yield {"groups": [each for each in GROUPS if each != group], "actions": [action]}, False


def test_routes_of_mail_need_what_their_method_says() -> None:
    assert {route.operation for route in MAIL_ROUTES} >= {
        "listFolders",
        "deleteFolder",
        "uploadMessage",
        "submitMessage",
    }
    for route in MAIL_ROUTES:
        expected = {"GET": {"read"}, "DELETE": {"destructive"}}.get(route.method, {"read", "write", "destructive"})
        assert route.needs is not None
        if route.needs.group == "submit":
            expected = {"send"}
        assert route.needs.action in expected, route.operation


@pytest.mark.parametrize("route", MAIL_ROUTES, ids=lambda route: str(route.operation))
async def test_a_narrowed_token_may_use_a_route_of_mail_only_with_its_group_and_action(
    client: Client, route: Any
) -> None:
    await mine(client)
    for permissions, allowed in narrowings(route):
        narrowed = await issue(client, permissions=permissions)
        answer = await narrowed.ask(route.method, mail_path(route, "mine"), None if route.body is None else {})
        if allowed:
            # The account has never connected, and the request may lack something: what matters is that it came through.
            assert answer.status in (400, 404, 503), (permissions, answer.text)
        else:
            assert answer.status == 403, (permissions, answer.text)
            required = {"action": route.needs.action, "group": route.needs.group}
            assert answer.body["requiredPermission"] == required


@pytest.mark.parametrize("route", MAIL_ROUTES, ids=lambda route: str(route.operation))
async def test_a_bound_token_reaches_the_mail_of_its_own_account_alone(client: Client, route: Any) -> None:
    bound = await mine(client)
    await client.register("stranger")
    body: dict[str, Any] | None = None if route.body is None else {}
    assert (await bound.ask(route.method, mail_path(route, "mine"), body)).status in (400, 404, 503)
    strange = await bound.ask(route.method, mail_path(route, "stranger"), body)
    assert (strange.status, strange.body["message"]) == (403, "Unauthorized account")


async def test_an_access_token_that_opens_more_is_not_answered(client: Client) -> None:
    bound = await mine(client)
    await client.post("/v1/settings", {"enableOAuthTokensApi": True})
    assert (await bound.get(f"{PATH}/oauth-token")).body["accessToken"] == SECRET
    lender = {"provider": "gmail", "auth": {"user": "l@example.com"}, "accessToken": SECRET}
    assert (await client.post("/v1/account", {"account": "lender", "name": "L", "oauth2": lender})).status == 200
    auth = {"delegatedUser": "team", "delegatedAccount": "lender"}
    await client.put(PATH, {"oauth2": {"provider": "gmail", "auth": auth}})
    assert (await client.get(f"{PATH}/oauth-token")).body["accessToken"] == SECRET
    answer = await bound.get(f"{PATH}/oauth-token")
    assert (answer.status, SECRET in answer.text) == (403, False)
    service = {"name": "S", "provider": "outlookService", "clientId": "c", "clientSecret": "s", "tenant": "t"}
    await client.post("/v1/oauth2", service)
    block = {"provider": "outlookService", "auth": {"user": "jo@example.com"}, "accessToken": SECRET}
    await client.put(PATH, {"oauth2": block | {"expires": "2100-01-01"}})
    assert (await bound.get(f"{PATH}/oauth-token")).status == 403
    for change in ({"auth": {"user": "ceo@example.com"}}, {"auth": {"delegatedUser": "ceo@example.com"}}):
        assert denials(await bound.put(PATH, {"oauth2": change}))


async def test_a_list_of_the_operators_opens_fields(with_settings: Any) -> None:
    fields = ("proxy", "webhooks", "oauth2.auth.user", "oauth2.provider", "metadata")
    async with with_settings(bound_token_fields=fields) as client:
        bound = await mine(client)
        assert (await bound.put(PATH, {"metadata": {"tenant": "8"}})).status == 200
        told = denials(
            await bound.put(PATH, {"webhooks": "https://elsewhere.example.com/", "smtpEhloName": "x.example"})
        )
        assert set(told) == {"smtpEhloName", "webhooksCustomHeaders"}
        both = {"webhooks": "https://elsewhere.example.com/", "webhooksCustomHeaders": []}
        assert set(denials(await bound.put(PATH, both))) == {"webhooksCustomHeaders"}
        assert (await bound.put(PATH, {"webhooks": None})).status == 200
        stranger = {"provider": "gmail", "auth": {"user": "ceo@example.com"}, "accessToken": SECRET}
        await client.post("/v1/account", {"account": "stranger", "name": "S", "oauth2": stranger})
        taken: dict[str, Any] = {
            "oauth2": {"auth": {"user": "ceo@example.com"}, "accessToken": "t", "refreshToken": "t"}
        }
        answer = await bound.put(PATH, taken)
        assert set(denials(answer)) == {"oauth2.auth.user"}
        assert "stranger" not in answer.text
        taken["oauth2"]["auth"]["user"] = "free@example.com"
        assert (await bound.put(PATH, taken)).status == 200
        provider = {"provider": "not.registered", "partial": True, "accessToken": "t", "refreshToken": "t"}
        assert set(denials(await bound.put(PATH, {"oauth2": provider}))) == {"oauth2.provider"}


def told(logs: list[Any]) -> list[tuple[str, Any]]:
    return [(line["by"], line["fields"]) for line in logs if line["event"] == "settings lead elsewhere"]


async def test_an_administrators_change_is_in_the_timeline_and_in_the_log(client: Client) -> None:
    bound = await mine(client)
    change = {"imap": {"partial": True, "host": "new.example.com", "tls": {"rejectUnauthorized": False}}}
    proxy = "socks5://user:hidden@p.example.com:1"
    with capture_logs() as logs:
        assert (await client.put(PATH, {**change, "proxy": proxy, "name": "Other"})).status == 200
    assert told(logs) == [("an administrator", ("imap.host", "proxy", "imap.tls.rejectUnauthorized"))]
    (entry, first) = (await bound.get(f"{PATH}/timeline")).body["timeline"]
    words = "settings changed by an administrator: imap.host, proxy, imap.tls.rejectUnauthorized"
    assert (entry["state"], entry["cause"]) == (first["state"], words)
    assert entry["changes"] == [
        {"field": "imap.host", "before": "mail.example.com", "after": "new.example.com"},
        {"field": "proxy", "before": "socks5://proxy.example.com:1080", "after": "socks5://p.example.com:1"},
        {"field": "imap.tls.rejectUnauthorized", "before": None, "after": "false"},
    ]
    assert (await client.put(PATH, {"imap": {"auth": {"pass": "new"}}, "name": "Jo"})).status == 200
    mail = {"imap": {**SERVER, "host": "mine.example.com", "auth": {"user": "jo", "pass": "mine"}}}
    assert (await bound.put(PATH, mail)).status == 200
    causes = [each["cause"] for each in (await bound.get(f"{PATH}/timeline")).body["timeline"]]
    mine_now = "settings changed by a token of the account: imap.host, imap.tls.rejectUnauthorized"
    assert causes == [mine_now, entry["cause"], "registered"]


async def test_a_try_that_sends_a_secret_elsewhere_is_in_the_timeline_even_if_it_fails(client: Client) -> None:
    bound = await mine(client)
    async with FakeImapServer(password="other") as imap:
        server = {"host": "127.0.0.1", "port": imap.port, "secure": False, "partial": True}
        tried = {"imap": server, "smtp": False, "proxy": None}
        assert "imap.auth.pass" in denials(await bound.put(f"{PATH}?verify=true", tried))
        assert imap.statistics.connections == 0
        assert (await client.put(f"{PATH}?verify=true", tried)).status == 400
        assert imap.statistics.count("refused") == 1
    entry = (await client.get(f"{PATH}/timeline")).body["timeline"][0]
    assert entry["cause"].startswith("settings tried by an administrator: imap.host, ")
    assert {"field": "imap.host", "before": "mail.example.com", "after": "127.0.0.1"} in entry["changes"]
    assert (await client.get(PATH)).body["imap"]["host"] == "mail.example.com"


async def test_a_receiver_that_a_bound_token_names_is_marked_as_such(with_settings: Any) -> None:
    async def is_marked(asked: Client) -> bool:
        return bool((await asked.api.accounts.preview("mine", {})).own_receiver)

    async with with_settings(bound_token_fields=("webhooks", "webhooksCustomHeaders")) as client:
        bound = await mine(client)
        await bound.put(PATH, {"webhooks": MINE["webhooks"], "name": "same"})
        assert not await is_marked(client)
        own = {"webhooks": "https://own.example.com/", "webhooksCustomHeaders": []}
        assert (await bound.put(PATH, own)).status == 200
        for again in ({"name": "other"}, own):
            assert await is_marked(client)
            await bound.put(PATH, again)
        await client.put(PATH, own)
        assert not await is_marked(client)


async def test_a_server_that_a_bound_token_names_is_public(client: Client, with_settings: Any) -> None:
    bound = await mine(client)

    async def is_public(asked: Client) -> bool:
        return bool((await asked.api.accounts.preview("mine", {})).public_hosts)

    await bound.put(PATH, {"imap": {"auth": {"pass": "new"}}})
    assert not await is_public(client)
    inside = {"imap": {**SERVER, "host": "localhost"}}
    assert (await bound.put(PATH, inside)).status == 200
    assert await is_public(client)
    # Neither the same host again nor another field of it is a way out.
    assert (await bound.put(PATH, inside)).status == 200
    assert await is_public(client)
    assert (await client.put(PATH, inside)).status == 200
    assert not await is_public(client)


async def test_a_bound_token_names_private_servers_where_the_operator_says_so(with_settings: Any) -> None:
    async with with_settings(sign_in_private_addresses=True) as client:
        bound = await mine(client)
        assert (await bound.put(PATH, {"imap": {**SERVER, "host": "localhost"}})).status == 200
        assert (await client.api.accounts.preview("mine", {})).public_hosts is None


async def test_where_the_secrets_of_others_go_is_in_the_log(client: Client) -> None:
    hook = (await client.post("/v1/webhooks", {"url": "https://one.example/secret"})).body["id"]
    oidc: dict[str, Any] = {"name": "O", "provider": "oidc", "clientId": "c", "clientSecret": SECRET, "id": "corp"}
    oidc |= {"discoveryUrl": "https://one.example/", "imap": {"host": "mail.example", "port": 993}}
    assert (await client.post("/v1/oauth2", oidc)).status == 200
    urls = {"webhooks": "https://one.example/secret", "authServer": "https://u:p@one.example/"}
    await client.post("/v1/settings", urls)
    with capture_logs() as logs:
        await client.post("/v1/settings", urls)
        await client.put(f"/v1/webhooks/{hook}", {"url": "https://one.example/other", "description": "d"})
        await client.put("/v1/oauth2/corp", {"name": "P"})
        assert logs == []
        await client.post(
            "/v1/settings", {"webhooks": "https://two.example/secret", "authServer": "https://two.example"}
        )
        await client.put(f"/v1/webhooks/{hook}", {"url": "https://two.example/secret"})
        await client.put(
            "/v1/oauth2/corp", {"discoveryUrl": "https://two.example/", "imap": {"host": "m.example", "port": 1}}
        )
    told = [(line["event"], line["field"], line["before"], line["after"]) for line in logs]
    one, two, line = "https://one.example", "https://two.example", "secrets go elsewhere"
    assert told == [
        (line, "webhooks", one, two),
        (line, "authServer", one, two),
        (line, "url", one, two),
        (line, "token", one, two),
        (line, "imap", "imap://mail.example:993", "imap://m.example:1"),
    ]
    assert "secret" not in str([{**each, "event": ""} for each in logs])
