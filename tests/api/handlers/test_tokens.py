"""Tokens over HTTP: issuing, listing, removing, and what each kind may reach."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from postroom.access.tokens import token_id
from postroom.clock import iso, now_ms
from tests.api.conftest import Client

PATH = "/v1/account/user@example.com"


async def issue(client: Client, **values: Any) -> Client:
    """Issue a token and return a client that uses it."""
    answer = await client.post("/v1/tokens", {"description": "for tests", **values})
    assert answer.status == 200, answer.text
    return client.as_(answer.body["token"])


async def refusal(client: Client, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = await client.ask(method, path, body)
    return answer.status, answer.body["error"]


async def test_a_token_is_shown_once_and_known_by_its_hash(client: Client) -> None:
    made = (await client.post("/v1/tokens", {"description": "mine"})).body
    assert made["id"] == hashlib.sha256(bytes.fromhex(made["token"])).hexdigest()
    assert len(made["token"]) == 64
    for path in (f"/v1/tokens/{made['id']}", "/v1/tokens"):
        answer = await client.get(path)
        assert made["token"] not in answer.text
        assert made["id"] in answer.text


async def test_the_ways_to_present_a_token(client: Client) -> None:
    token = (await issue(client)).token
    stranger = client.as_(None)
    for header in (f"Bearer {token}", f"bearer {token}", f"BEARER  {token}"):
        assert (await stranger.get("/v1/accounts", headers={"authorization": header})).status == 200
    assert (await stranger.get(f"/v1/accounts?access_token={token}&pageSize=1")).status == 200
    assert (await stranger.put(f"/v1/account/nobody?access_token={token}", {})).status == 404
    assert (await stranger.post(f"/v1/account?access_token={token}", {})).status == 400


async def test_what_is_no_token_is_a_401(client: Client) -> None:
    for header in ("", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer nonsense", f"Token {'0' * 64}"):
        answer = await client.as_(None).get("/v1/accounts", headers={"authorization": header})
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.body["error"] == answer.body["message"]


async def test_a_wrong_header_is_not_made_good_by_the_query(client: Client) -> None:
    token = (await issue(client)).token
    answer = await client.as_("0" * 64).get(f"/v1/accounts?access_token={token}")
    assert answer.status == 401


async def test_scopes(client: Client) -> None:
    api, metrics = await issue(client), await issue(client, scopes=["metrics"])
    assert (await api.get("/v1/accounts")).status == 200
    assert (await metrics.get("/metrics")).status == 200
    answer = await api.get("/metrics")
    assert (answer.status, answer.body["error"], answer.body["requestedScope"]) == (
        403,
        "Unauthorized scope",
        "metrics",
    )
    assert await refusal(metrics, "GET", "/v1/accounts") == (403, "Unauthorized scope")
    both = await issue(client, scopes=["api", "metrics"])
    assert (await both.get("/metrics")).status == (await both.get("/v1/accounts")).status == 200


async def test_a_bound_token_reaches_one_account(client: Client) -> None:
    await client.register()
    await client.register("other")
    bound = await issue(client, account="user@example.com")
    assert (await bound.get(PATH)).status == 200
    assert (await bound.get("/v1/account/user%40example.com/timeline")).status == 200
    assert (await bound.put(PATH + "/reconnect")).status == 200
    assert (await bound.get("/v1/tokens?account=user%40example.com")).body["total"] == 1
    assert (await bound.get("/v1/tokens/account/user@example.com")).body["total"] == 1
    for method, path, body in (
        ("GET", "/v1/account/other", None),
        ("PUT", "/v1/account/other/reconnect", None),
        ("DELETE", "/v1/account/other", None),
        ("GET", "/v1/account/nobody", None),
        ("GET", "/v1/account/user%40example.com%20", None),
        ("GET", "/v1/accounts", None),
        ("GET", "/v1/tokens", None),
        ("GET", "/v1/tokens?account=other", None),
        ("GET", "/v1/tokens/account/other", None),
        ("GET", "/v1/settings", None),
        ("POST", "/v1/settings", {}),
        ("POST", "/v1/account", {"account": "user@example.com", "name": "x"}),
        ("POST", "/v1/tokens", {"description": "more"}),
        ("POST", "/v1/tokens?account=user@example.com", {"description": "more", "account": "user@example.com"}),
    ):
        assert await refusal(bound, method, path, body) == (403, "Unauthorized account"), (method, path)


async def test_a_bound_token_dies_with_its_account_at_once(client: Client) -> None:
    await client.register()
    bound = await issue(client, account="user@example.com")
    assert (await bound.get(PATH)).status == 200
    await client.delete(PATH)
    await client.register()
    assert (await bound.get(PATH)).status == 401


async def test_a_removed_token_is_refused_at_once(client: Client) -> None:
    one, two = await issue(client), await issue(client)
    for each in (one, two):
        assert (await each.get("/v1/accounts")).status == 200
    id_ = hashlib.sha256(bytes.fromhex(one.token or "")).hexdigest()
    assert (await client.delete(f"/v1/tokens/{id_}")).body == {"success": True, "id": id_, "deleted": True}
    assert (await client.delete(f"/v1/token/{two.token}")).body["deleted"] is True
    for each in (one, two):
        assert (await each.get("/v1/accounts")).status == 401
    assert (await client.delete(f"/v1/tokens/{id_}")).status == 404
    assert (await client.delete("/v1/token/nonsense")).status == 404
    assert (await client.get(f"/v1/tokens/{id_}")).status == 404


@pytest.mark.parametrize("path", ["/v1/tokens", "/v1/token"])
async def test_a_token_is_removed_by_its_id_or_by_itself(client: Client, path: str) -> None:
    for each in ("id", "token"):
        made = (await client.post("/v1/tokens", {"description": "short-lived"})).body
        answer = await client.delete(f"{path}/{made[each]}")
        assert answer.body == {"success": True, "id": made["id"], "deleted": True}
        assert (await client.as_(made["token"]).get("/v1/accounts")).status == 401
        assert (await client.delete(f"{path}/{made[each]}")).status == 404


async def test_only_full_access_may_issue_and_never_more_than_its_own(client: Client) -> None:
    api = await issue(client)
    assert (await api.post("/v1/tokens", {"description": "more of the same"})).status == 200
    assert await refusal(api, "POST", "/v1/tokens", {"description": "x", "scopes": ["*"]}) == (
        403,
        "Unauthorized scope",
    )
    narrowed = await issue(client, permissions={"actions": ["read"], "groups": ["account"]})
    assert (await narrowed.get("/v1/accounts")).status == 200
    for method, path in (
        ("POST", "/v1/tokens"),
        ("GET", "/v1/tokens"),
        ("GET", "/v1/settings"),
        ("POST", "/v1/account"),
    ):
        answer = await narrowed.ask(method, path, {} if method == "POST" else None)
        assert (answer.status, answer.body["error"]) == (403, "Unauthorized permission")
        assert answer.body["requiredPermission"]["group"] == "admin"
    assert await refusal(narrowed, "DELETE", PATH) == (403, "Unauthorized permission")
    every = await issue(client, scopes=["*"])
    assert (await every.post("/v1/tokens", {"description": "x", "scopes": ["*"]})).status == 200


async def test_a_limit_is_handed_on_with_the_token(client: Client) -> None:
    limits = {"restrictions": {"addresses": ["127.0.0.0/8"]}, "expires": iso(now_ms() + 60_000)}
    limited = await issue(client, **limits)
    answer = await limited.post("/v1/tokens", {"description": "x"})
    assert (answer.status, answer.body["code"]) == (403, "AccessDenied")
    assert [field["key"] for field in answer.body["fields"]] == ["restrictions.addresses", "expires"]
    wider = {"restrictions": {"addresses": ["0.0.0.0/0"]}, "expires": iso(now_ms() + 120_000)}
    for change in ({}, {"restrictions": wider["restrictions"]}, {"expires": wider["expires"]}, {"restrictions": None}):
        answer = await limited.post("/v1/token", {"description": "x", **(limits if change else {}), **change})
        assert answer.status == 403, change
    assert (await client.get("/v1/tokens")).body["total"] == 1
    issued = await issue(limited, **{**limits, "restrictions": {"addresses": ["127.0.0.1"]}})
    more = await issue(client)
    assert (await limited.delete(f"/v1/token/{more.token}")).body["message"].endswith("restrictions.addresses, expires")
    assert (await limited.delete(f"/v1/tokens/{token_id(more.token or '')}")).status == 403
    assert (await more.get("/v1/accounts")).status == 200
    assert (await issued.get("/v1/accounts")).status == 200
    assert (await issued.post("/v1/tokens", {"description": "x", **limits})).status == 403
    assert (await limited.delete(f"/v1/token/{issued.token}")).status == 200
    assert (await limited.delete(f"/v1/token/{limited.token}")).status == 200


async def test_expiry(client: Client) -> None:
    past = {"description": "x", "expires": iso(now_ms() - 1000)}
    assert (await client.post("/v1/tokens", past)).body["code"] == "InvalidExpiry"
    short = await issue(client, expires=iso(now_ms() + 60_000))
    assert (await short.get("/v1/accounts")).status == 200


async def test_addresses(client: Client) -> None:
    here = await issue(client, restrictions={"addresses": ["127.0.0.0/8", "::1"]})
    assert (await here.get("/v1/accounts")).status == 200
    away = await issue(client, restrictions={"addresses": ["192.0.2.0/24"]})
    answer = await away.get("/v1/accounts", headers={"x-forwarded-for": "192.0.2.1"})
    assert (answer.status, answer.body["error"]) == (403, "Unauthorized address")
    assert answer.body["remoteAddress"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("192.0.2.1", 200),
        ("198.51.100.7, 192.0.2.1", 200),
        ("192.0.2.1, 10.0.0.1", 200),
        ("192.0.2.1, 198.51.100.7", 403),
        ("198.51.100.7", 403),
        ("nonsense", 403),
        ("", 403),
    ],
)
async def test_forwarded_addresses_count_behind_a_trusted_proxy(
    with_settings: Any, forwarded: str, status: int
) -> None:
    async with with_settings(trusted_proxies=("127.0.0.1", "10.0.0.0/8")) as client:
        away = await issue(client, restrictions={"addresses": ["192.0.2.0/24"]})
        answer = await away.get("/v1/accounts", headers={"x-forwarded-for": forwarded})
        assert answer.status == status


async def test_a_token_as_it_is_shown(client: Client) -> None:
    await client.register()
    values = {
        "description": "Address book",
        "account": "user@example.com",
        "scopes": "api",
        "metadata": '{"ticket": 7}',
        "restrictions": {"addresses": ["127.0.0.1"]},
        "expires": "2100-01-01",
        "ip": "192.0.2.99",
    }
    made = await issue(client, **values)
    await made.get(PATH)
    (shown,) = (await client.get("/v1/tokens?query=ADDRESS")).body["tokens"]
    assert shown["description"] == "Address book"
    assert shown["scopes"] == ["api"]
    assert shown["restrictions"] == {"addresses": ["127.0.0.1"]}
    assert (shown["expires"], shown["metadata"], shown["ip"]) == (
        "2100-01-01T00:00:00.000Z",
        '{"ticket": 7}',
        "192.0.2.99",
    )
    assert shown["access"]["ip"] == "127.0.0.1"
    assert shown["access"]["time"].endswith("Z")


async def test_a_token_for_some_pages(client: Client) -> None:
    app = await issue(client, restrictions={"referrers": ["https://app.example.com/*", "https://*.example.org/"]})
    for page, status in (
        ("https://app.example.com/", 200),
        ("https://app.example.com/inbox?x=1", 200),
        ("https://one.example.org/", 200),
        ("https://app.example.com", 403),
        ("https://evil.example/?https://app.example.com/", 403),
        ("https://one.example.org/more", 403),
        ("", 403),
    ):
        answer = await app.get("/v1/accounts", headers={"referer": page} if page else {})
        assert answer.status == status, page
    assert await refusal(app, "GET", "/v1/accounts") == (403, "Unauthorized referrer")


async def test_a_token_with_a_rate_is_told_where_it_stands(client: Client) -> None:
    limit = {"maxRequests": 3, "timeWindow": 3600}
    slow = await issue(client, restrictions={"rateLimit": limit, "referrers": [], "addresses": None})
    assert (await client.get(f"/v1/tokens/{token_id(slow.token or '')}")).body["restrictions"] == {"rateLimit": limit}
    statuses, left = [], []
    for path in ("/v1/accounts", "/v1/account/nobody", "/v1/accounts?page=x", "/v1/accounts", "/v1/account/nobody"):
        answer = await slow.get(path)
        statuses.append(answer.status)
        left.append(answer.headers.get("x-ratelimit-remaining"))
        assert answer.headers["x-ratelimit-limit"] == "3"
        assert 3500 < int(answer.headers["x-ratelimit-reset"]) <= 3600
    assert (statuses, left) == ([200, 404, 400, 429, 429], ["2", "1", "0", None, None])
    assert (answer.body["error"], answer.body["code"]) == ("Rate limit exceeded", "RateLimitExceeded")
    assert answer.body["ttl"] == int(answer.headers["retry-after"]) == int(answer.headers["x-ratelimit-reset"])
    assert "x-ratelimit-limit" not in (await client.get("/v1/accounts")).headers


async def test_what_a_token_may_not_do_at_all_does_not_count(client: Client) -> None:
    slow = await issue(client, restrictions={"rateLimit": {"maxRequests": 1, "timeWindow": 3600}}, account=None)
    assert (await slow.get("/metrics")).status == 403
    assert (await slow.get("/v1/accounts")).status == 200
    assert (await slow.get("/metrics")).status == 403
    assert (await slow.get("/v1/accounts")).status == 429


async def test_limits_may_be_left_out_in_any_way(client: Client) -> None:
    free = await issue(client, restrictions={"rateLimit": False, "referrers": False, "addresses": ""})
    assert (await free.get("/v1/accounts")).status == 200
    assert "restrictions" not in (await client.get(f"/v1/tokens/{token_id(free.token or '')}")).body


async def test_what_is_refused_is_named(client: Client) -> None:
    for change, key in (
        ({"description": ""}, "description"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes.0"),
        ({"restrictions": {"addresses": ["here"]}}, "restrictions.addresses.0"),
        ({"restrictions": {"referrers": ["https://bücher.example/*"]}}, "restrictions.referrers.0"),
        ({"restrictions": {"referrer": ["*"]}}, "restrictions.referrer"),
        ({"restrictions": {"rateLimit": {"maxRequests": 0, "timeWindow": 60}}}, "restrictions.rateLimit.maxRequests"),
        ({"restrictions": {"rateLimit": {"maxRequests": 1}}}, "restrictions.rateLimit.timeWindow"),
        ({"permissions": {"groups": ["admin"]}}, "permissions.groups.0"),
        ({"expires": "soon"}, "expires"),
        ({"secret": "x"}, "secret"),
    ):
        assert set(await client.problems("POST", "/v1/tokens", {"description": "d", **change})) == {key}
    answer = await client.post("/v1/tokens", {"description": "d", "account": "nobody"})
    assert (answer.status, answer.body["code"]) == (404, "AccountNotFound")


async def test_the_older_path_issues_too(client: Client) -> None:
    made = (await client.post("/v1/token", {"description": "d"})).body
    assert (await client.as_(made["token"]).get("/v1/accounts")).status == 200


async def test_an_address_that_sends_many_wrong_tokens_is_told_to_wait(with_settings: Any) -> None:
    """A valid token is taken all the same: others may share the address."""
    async with with_settings(wrong_token_limit=5) as client:
        wrong = [client.as_(f"{number:064x}") for number in range(8)]
        answers = [await each.get("/v1/accounts") for each in wrong]
        assert [answer.status for answer in answers] == [401] * 5 + [429] * 3
        assert answers[-1].body["code"] == "TooManyWrongTokens"
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert "www-authenticate" not in answers[-1].headers
        assert (await client.as_(None).get("/v1/accounts")).status == 401
        assert (await client.as_("nonsense").get("/v1/events/stream")).status == 429
        for right in (client, await issue(client)):
            assert (await right.get("/v1/accounts")).status == 200
        figures = (await client.get("/metrics")).text
        assert 'postroom_wrong_tokens_total{code="UnknownToken"} 8.0' in figures
        assert 'postroom_wrong_tokens_total{code="InvalidToken"} 1.0' in figures


async def test_wrong_tokens_count_for_the_address_behind_a_trusted_proxy(with_settings: Any) -> None:
    async with with_settings(wrong_token_limit=2, trusted_proxies=("127.0.0.1",)) as client:
        for address, statuses in (("192.0.2.1", [401, 401, 429]), ("192.0.2.2", [401, 401, 429])):
            # What the client wrote itself, in front of what the proxy saw, does not make it another one.
            sent = [{"x-forwarded-for": f"203.0.113.{number}, {address}"} for number in range(3)]
            answers = [await client.as_("0" * 64).get("/v1/accounts", headers=headers) for headers in sent]
            assert [answer.status for answer in answers] == statuses
    async with with_settings(wrong_token_limit=2) as client:
        sent = [{"x-forwarded-for": f"203.0.113.{number}"} for number in range(3)]
        answers = [await client.as_("0" * 64).get("/v1/accounts", headers=headers) for headers in sent]
        assert [answer.status for answer in answers] == [401, 401, 429]
