"""Run-time settings over HTTP."""

from __future__ import annotations

from typing import Any

from postroom.configuration.keys import KEYS
from postroom.events.types import EVENT_NAMES
from tests.api.conftest import Client

PATH = "/v1/settings"


async def test_only_what_is_asked_for_is_answered(client: Client) -> None:
    body = (await client.get(PATH + "?webhooks=true&serviceSecret=true&notifyText=false")).body
    assert body == {"webhooks": None, "serviceSecret": True}
    assert (await client.get(PATH + "?eventTypes=true")).body == {"eventTypes": list(EVENT_NAMES)}
    assert set((await client.get(PATH)).body) == {*KEYS, "eventTypes"}


async def test_the_defaults(client: Client) -> None:
    body = (await client.get(PATH)).body
    assert (body["webhooksEnabled"], body["webhookEvents"], body["webhooksCustomHeaders"]) == (True, ["*"], [])
    assert (body["notifyText"], body["notifyTextSize"], body["imapIndexer"]) == (True, 2097152, "full")


async def test_a_change_is_answered_with_its_names_and_kept(client: Client) -> None:
    change = {
        "webhooksEnabled": "false",
        "webhooks": "https://joe:sesame@x.example/in",
        "webhookEvents": ["messageNew", "accountAdded"],
        "webhooksCustomHeaders": [{"key": "X-Key", "value": "sesame"}],
        "serviceUrl": "https://mail.example.com/",
        "serviceSecret": "sesame",
        "notifyTextSize": "1000",
        "notifyHeaders": ["List-Unsubscribe", "*"],
    }
    answer = await client.post(PATH, change)
    assert answer.body == {"updated": list(change)}
    shown = await client.get(PATH)
    assert "sesame" not in shown.text
    assert shown.body["webhooks"] == "https://******:******@x.example/in"
    assert shown.body["webhooksCustomHeaders"] == [{"key": "X-Key", "value": "******"}]
    assert shown.body["serviceUrl"] == "https://mail.example.com"
    assert (shown.body["webhooksEnabled"], shown.body["notifyTextSize"]) == (False, 1000)
    now = await client.api.runtime.get()
    assert (now.webhooks, now.service_secret) == ("https://joe:sesame@x.example/in", "sesame")


async def test_how_the_pages_look(client: Client) -> None:
    names = ("pageBrandName", "pageLogoUrl", "locale")
    for change, shown in (
        ({"pageBrandName": "Ada", "pageLogoUrl": "https://x.example/l.svg", "locale": "de"}, None),
        ({"pageBrandName": "", "pageLogoUrl": "", "locale": None}, ("Postroom", None, None)),
    ):
        await client.post(PATH, change)
        body = (await client.get(PATH)).body
        assert tuple(body[name] for name in names) == (shown or tuple(change.values()))
    assert set(await client.problems("POST", PATH, {"pageLogoUrl": "javascript:x"})) == {"pageLogoUrl"}


async def test_null_and_blank_restore_the_default(client: Client) -> None:
    await client.post(PATH, {"webhooks": "https://x.example/", "notifyText": False, "webhookEvents": []})
    assert (await client.get(PATH + "?webhookEvents=true")).body["webhookEvents"] == []
    await client.post(PATH, {"webhooks": "", "notifyText": None, "webhookEvents": None})
    body = (await client.get(PATH)).body
    assert (body["webhooks"], body["notifyText"], body["webhookEvents"]) == (None, True, ["*"])


async def test_what_is_refused_is_named_and_nothing_is_changed(client: Client) -> None:
    await client.post(PATH, {"webhooks": "https://joe:sesame@x.example/"})
    before = await client.api.runtime.get()
    for change, key in (
        ({"webhooks": "x.example"}, "webhooks"),
        ({"webhooks": "http://169.254.169.254/latest"}, "webhooks"),
        ({"webhooks": "https://******:******@x.example/"}, "webhooks"),
        ({"serviceSecret": "******"}, "serviceSecret"),
        ({"webhooksCustomHeaders": [{"key": "X", "value": "******"}]}, "webhooksCustomHeaders"),
        ({"webhookEvents": ["messageBurnt"]}, "webhookEvents.0"),
        ({"serviceUrl": "https://mail.example.com/sub"}, "serviceUrl"),
        ({"serviceUrl": "mail.example.com"}, "serviceUrl"),
        ({"notifyTextSize": -1}, "notifyTextSize"),
        ({"notifyTextSize": 2**60}, "notifyTextSize"),
        ({"imapIndexer": "slow"}, "imapIndexer"),
        ({"webHooks": "https://x.example/"}, "webHooks"),
        ({"eventTypes": []}, "eventTypes"),
    ):
        problems = await client.problems("POST", PATH, {"notifyText": False, **change})
        assert set(problems) == {key}, change
        assert "sesame" not in str(problems)
    assert await client.api.runtime.get() == before
    assert set(await client.problems("GET", PATH + "?webHooks=true", None)) == {"webHooks"}


async def test_settings_of_other_gateways_are_accepted_and_named(client: Client) -> None:
    answer = await client.post(
        PATH, {"trackOpens": True, "notifyText": False, "openAiAPIKey": "sesame", "tokenAuditLog": {"a": 1}}
    )
    assert answer.body == {"updated": ["notifyText"], "ignored": ["trackOpens", "openAiAPIKey", "tokenAuditLog"]}
    assert (await client.post(PATH, {"trackOpens": None})).body == {"updated": [], "ignored": ["trackOpens"]}
    asked = await client.get(PATH + "?trackOpens=true&notifyText=true")
    assert asked.body == {"notifyText": False, "trackOpens": None, "ignored": ["trackOpens"]}
    assert (await client.get(PATH + "?tokenAuditLog=true")).body == {
        "tokenAuditLog": None,
        "ignored": ["tokenAuditLog"],
    }
    assert "ignored" not in (await client.get(PATH)).body


async def test_wrong_names_are_refused_beside_accepted_ones(client: Client) -> None:
    problems = await client.problems("POST", PATH, {"trackOpens": True, "notifyTxt": False, "documentStoreUrl": ""})
    assert problems == {"notifyTxt": '"notifyTxt" is not allowed: did you mean `notifyText`?'}
    assert set(await client.problems("GET", PATH + "?trackOpens=true&trackOpen=true", None)) == {"trackOpen"}
    assert set(await client.problems("PUT", "/v1/account/a", {"trackOpens": 1})) == {"trackOpens"}


async def test_the_operator_may_forbid_private_receivers(with_settings: Any) -> None:
    async with with_settings(webhook_private_addresses=False) as client:
        assert set(await client.problems("POST", PATH, {"webhooks": "http://127.0.0.1:8080/"})) == {"webhooks"}
        assert (await client.post(PATH, {"webhooks": "https://x.example/"})).status == 200
