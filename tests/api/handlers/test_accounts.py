"""Accounts over HTTP: what is accepted, what is refused, what is shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from postroom.accounts.settings.writing import document_of
from tests.api.conftest import IMAP, SMTP, Client

PATH = "/v1/account/user@example.com"
OAUTH2 = {"provider": "gmail", "auth": {"user": "user@example.com"}, "accessToken": "ya29", "refreshToken": "1//r"}


# Registration


async def test_a_taken_id_is_refused_and_nothing_changes(either_client: Client) -> None:
    client = either_client
    await client.register()
    answer = await client.register(name="Somebody Else")
    assert (answer.status, answer.body["code"]) == (400, "AccountAlreadyExists")
    assert answer.body["existingAccount"] == "user@example.com"
    assert (await client.get(PATH)).body["name"] == "John Doe"


async def test_of_many_that_take_one_id_at_once_one_wins(either_client: Client) -> None:
    answers = await asyncio.gather(*(either_client.register(name=f"Name {n}") for n in range(12)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 11
    assert {answer.body["code"] for answer in answers if answer.status == 400} == {"AccountAlreadyExists"}


async def test_the_settings_say_what_a_registration_under_a_taken_id_does(client: Client) -> None:
    body = {"account": "a", "name": "One", "imap": IMAP}
    assert (await client.post("/v1/account", body)).body["created"] is True
    assert (await client.post("/v1/account", body)).body["code"] == "AccountAlreadyExists"
    await client.post("/v1/settings", {"registerExisting": "update"})
    assert (await client.post("/v1/account?upsert=false", body)).body["code"] == "AccountAlreadyExists"
    again = await client.post("/v1/account", {**body, "name": "Two"})
    assert (again.status, again.body["created"]) == (200, False)
    assert (await client.get("/v1/account/a")).body["name"] == "Two"
    await client.post("/v1/settings", {"registerExisting": ""})
    assert (await client.post("/v1/account", body)).status == 400


async def test_upsert_updates_what_is_there(client: Client) -> None:
    body = {"account": "user@example.com", "name": "One", "imap": IMAP}
    first = await client.post("/v1/account?upsert=true", body)
    second = await client.post("/v1/account?upsert=true", {**body, "name": "Two"})
    assert (first.body["created"], first.body["state"]) == (True, "init")
    assert (second.status, second.body["created"], second.body["account"]) == (200, False, "user@example.com")
    assert (await client.get(PATH)).body["name"] == "Two"


async def test_null_asks_for_a_generated_id(client: Client) -> None:
    ids = {(await client.register(None)).body["account"] for _ in range(5)}  # type: ignore[arg-type]
    assert len(ids) == 5
    assert all(len(each) == 16 and each.isalnum() and each == each.lower() for each in ids)


@pytest.mark.parametrize("imap", [{}, {"imap": False}, {"imap": False, "oauth2": False}])
async def test_with_smtp_alone_an_account_only_sends(client: Client, imap: dict[str, Any]) -> None:
    answer = await client.post("/v1/account", {"account": "user@example.com", "name": "N", "smtp": SMTP, **imap})
    assert answer.status == 200
    body = (await client.get(PATH)).body
    assert (body["type"], body["sendOnly"], body["imap"]) == ("sending", True, {"disabled": True})
    assert body["smtp"]["host"] == SMTP["host"]
    # What GET shows can be sent back, and receiving can be added.
    assert (await client.put(PATH, {"imap": {"disabled": True}})).status == 200
    assert (await client.get(PATH)).body["sendOnly"] is True
    assert (await client.put(PATH, {"imap": IMAP})).status == 200
    body = (await client.get(PATH)).body
    assert (body["type"], body["imap"]["disabled"], "sendOnly" in body) == ("imap", False, False)


async def test_an_account_that_neither_receives_nor_sends_is_refused(client: Client) -> None:
    for blocks in ({}, {"imap": False}, {"imap": False, "smtp": False}, {"smtp": False}):
        found = await client.problems("POST", "/v1/account", {"account": "a", "name": "N", **blocks})
        assert found == {"imap": "either imap or oauth2 is required; for a send-only account, smtp"}
    assert set(await client.problems("POST", "/v1/account", {"account": "a", "name": "N", "smtp": {}})) != set()


# Reading


async def test_what_is_shown_holds_no_secret(client: Client) -> None:
    secret = "sesame"
    imap = {**IMAP, "auth": {"user": "u", "pass": secret}}
    await client.register(
        imap=imap,
        smtp={**imap, "auth": {"user": "u", "accessToken": secret}},
        webhooks=f"https://joe:{secret}@x.example/",
        proxy=f"socks5://joe:{secret}@x.example:1080",
        webhooksCustomHeaders=[{"key": "X-Key", "value": secret}],
    )
    for path in (PATH, "/v1/accounts"):
        answer = await client.get(path)
        assert secret not in answer.text
        assert "******" in answer.text


async def test_everything_about_a_new_account(client: Client) -> None:
    await client.register(metadata={"tenant": "42"})
    answer = await client.get(PATH)
    body = answer.body
    assert answer.headers["etag"] == '"1-1"'
    assert answer.headers["cache-control"] == "no-store"
    assert (body["health"], body["type"], body["connections"], body["server"]) == ("healthy", "imap", 0, None)
    assert (body["nextAttempt"], body["lastError"], body["metadata"]) == (None, None, {"tenant": "42"})
    assert body["counters"] == {"sent": 0, "received": 0, "events": {"accountAdded": 1}}
    assert body["stateSince"] == body["created"] == body["notifyFrom"]
    assert body["waiting"] == {"reason": "registered", "since": body["created"]}
    assert body["imap"]["auth"] == {"user": "user@example.com", "pass": "******"}
    assert "quota" not in body
    assert (await client.get(PATH + "?quota=true")).body["quota"] is None, "nothing is asked without a connection"


async def test_how_an_account_signs_in_and_sends(client: Client) -> None:
    await client.register("plain")
    await client.register("modern", oauth2=OAUTH2)
    plain, modern = [(await client.get(f"/v1/account/{name}")).body for name in ("plain", "modern")]
    assert (modern["app"], modern["type"], modern["baseScopes"]) == (OAUTH2["provider"], OAUTH2["provider"], "imap")
    assert {"app", "baseScopes"}.isdisjoint(plain)
    assert (plain["smtpStatus"], modern["smtpStatus"]) == (None, None)
    listed = {each["account"]: each.get("app") for each in (await client.get("/v1/accounts")).body["accounts"]}
    assert listed == {"plain": None, "modern": OAUTH2["provider"]}


async def test_the_timeline_is_paged_and_newest_first(client: Client) -> None:
    await client.register()
    body = (await client.get(PATH + "/timeline?page=0&pageSize=5")).body
    assert (body["account"], body["total"], body["page"], body["pages"]) == ("user@example.com", 1, 0, 1)
    assert [(each["state"], each["cause"], each["attempt"]) for each in body["timeline"]] == [("init", "registered", 0)]
    assert (await client.get("/v1/account/nobody/timeline")).status == 404


# Changes


async def test_fields_not_sent_stay_and_empty_ones_are_cleared(client: Client) -> None:
    await client.register(webhooks="https://x.example/", tz="Europe/Tallinn", metadata={"a": "1"})
    assert (await client.put(PATH, {"tz": "", "metadata": {"b": "2"}})).status == 200
    body = (await client.get(PATH)).body
    assert (body["webhooks"], body["metadata"]) == ("https://x.example/", {"b": "2"})
    assert "tz" not in body
    assert (await client.put(PATH, {})).body == {"success": True, "account": "user@example.com"}


async def test_a_block_is_replaced_merged_or_removed(client: Client) -> None:
    await client.register(smtp=SMTP, oauth2=OAUTH2)
    await client.put(PATH, {"imap": {**IMAP, "host": "new.example", "port": 143, "secure": False}})
    await client.put(PATH, {"smtp": {"partial": True, "port": 587}})
    await client.put(PATH, {"oauth2": False})
    body = (await client.get(PATH)).body
    assert (body["imap"]["host"], body["imap"]["port"]) == ("new.example", 143)
    assert (body["smtp"]["host"], body["smtp"]["port"], body["smtp"]["secure"]) == ("smtp.example.com", 587, True)
    assert "oauth2" not in body


async def test_a_block_for_a_protocol_the_account_has_not_is_left_out_with_a_warning(client: Client) -> None:
    await client.register()
    answer = await client.put(PATH, {"smtp": {"auth": {"pass": "x"}}})
    assert answer.status == 200
    assert len(answer.body["warnings"]) == 1
    assert "smtp" in answer.body["warnings"][0]
    assert "smtp" not in (await client.get(PATH)).body


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"imap": {"auth": {"pass": "******"}}}, "imap.auth.pass"),
        ({"imap": {"partial": True, "auth": {"user": "u", "pass": "******"}}}, "imap.auth.pass"),
        ({"oauth2": {"partial": True, "refreshToken": "******"}}, "oauth2.refreshToken"),
        ({"webhooks": "https://******:******@x.example/"}, "webhooks"),
        ({"proxy": "http://joe:******@x.example/"}, "proxy"),
        ({"webhooksCustomHeaders": [{"key": "X", "value": "******"}]}, "webhooksCustomHeaders.0.value"),
    ],
)
async def test_a_masked_secret_sent_back_is_refused(client: Client, change: dict[str, Any], key: str) -> None:
    await client.register(oauth2=OAUTH2)
    before = await client.api.accounts.preview("user@example.com", {})
    assert set(await client.problems("PUT", PATH, change)) == {key}
    assert set(await client.problems("PUT", PATH + "?verify=true", change)) == {key}
    assert await client.api.accounts.preview("user@example.com", {}) == before
    assert await client.problems("POST", "/v1/account", {"account": "b", "name": "B", "imap": IMAP, **change})


async def test_the_account_as_it_is_shown_cannot_be_put_back_by_mistake(client: Client) -> None:
    await client.register()
    shown = (await client.get(PATH)).body
    assert set(await client.problems("PUT", PATH, {"imap": shown["imap"]})) == {"imap.auth.pass"}


async def test_id_and_indexer_cannot_be_changed(client: Client) -> None:
    await client.register()
    assert set(await client.problems("PUT", PATH, {"account": "b", "imapIndexer": "fast"})) == {
        "account",
        "imapIndexer",
    }


async def test_of_two_who_read_the_same_version_one_is_told(either_client: Client) -> None:
    client = either_client
    await client.register()
    etag = (await client.get(PATH)).headers["etag"]
    changes = [client.put(PATH, {"name": f"N{n}"}, headers={"if-match": etag}) for n in range(2)]
    answers = await asyncio.gather(*changes)
    assert sorted(answer.status for answer in answers) == [200, 412]
    late = next(answer for answer in answers if answer.status == 412)
    assert late.body["code"] == "PreconditionFailed"
    fresh = (await client.get(PATH)).headers["etag"]
    assert fresh != etag
    again = await client.put(PATH, {"name": "Again"}, headers={"if-match": fresh})
    assert (again.status, again.headers["etag"]) == (200, '"1-3"')
    assert (await client.put(PATH, {"name": "Any"}, headers={"if-match": "*"})).status == 200
    assert (await client.put(PATH, {"name": "X"}, headers={"if-match": '"nonsense"'})).status == 412
    assert (await client.put(PATH, {"name": "X"}, headers={"if-match": '"1", "2"'})).status == 400


async def test_changes_at_the_same_time_lose_nothing(either_client: Client) -> None:
    client = either_client
    await client.register(smtp=SMTP)
    changes: list[dict[str, Any]] = [
        {"name": "New"},
        {"imap": {"partial": True, "port": 1143}},
        {"smtp": {"partial": True, "port": 1587}},
        {"imap": {"auth": {"pass": "new"}}},
        {"tz": "UTC"},
        {"locale": "et"},
        {"webhooks": "https://x.example/"},
        {"metadata": {"a": "b"}},
        {"imap": {"partial": True, "tls": {"minVersion": "TLSv1.3"}}},
        {"path": ["INBOX"]},
    ]
    answers = await asyncio.gather(*(client.put(PATH, change) for change in changes))
    assert [answer.status for answer in answers] == [200] * len(changes)
    answer = await client.get(PATH)
    body = answer.body
    assert answer.headers["etag"] == f'"1-{len(changes) + 1}"'
    assert (body["name"], body["tz"], body["locale"], body["webhooks"]) == ("New", "UTC", "et", "https://x.example/")
    assert (body["imap"]["port"], body["smtp"]["port"], body["path"]) == (1143, 1587, ["INBOX"])
    assert (body["imap"]["tls"], body["metadata"]) == ({"minVersion": "TLSv1.3"}, {"a": "b"})
    full = document_of(await client.api.accounts.preview("user@example.com", {}))
    assert full["imap"]["auth"]["pass"] == "new"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_account_is_a_404(client: Client, method: str) -> None:
    answer = await client.ask(method, "/v1/account/nobody", {} if method == "PUT" else None)
    assert (answer.status, answer.body["code"]) == (404, "AccountNotFound")


async def test_a_deleted_account_can_be_registered_anew(client: Client) -> None:
    await client.register(metadata={"a": "1"})
    assert (await client.delete(PATH)).body == {"success": True, "account": "user@example.com", "deleted": True}
    assert (await client.delete(PATH)).status == 404
    assert (await client.register()).body["created"] is True
    assert (await client.get(PATH)).body["metadata"] == {}
