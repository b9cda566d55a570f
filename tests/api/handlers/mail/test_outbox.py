"""The outbox over HTTP: what callers see of a message, what they may do with it, and pauses."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.storage.schema.sending import sending_lanes, submission_bodies, submission_recipients, submissions
from tests.api.conftest import SMTP, Client
from tests.api.handlers.test_tokens import issue

ITEM = "/v1/outbox"


@pytest.fixture
async def office(client: Client) -> Client:
    """The accounts `a` and `b`, which send."""
    for account in ("a", "b"):
        await client.register(account, email=f"{account}@b.example", smtp=SMTP)
    return client


async def submit(client: Client, account: str = "a", *to: str, **more: Any) -> str:
    """Submit a message, and return its path in the outbox."""
    body = {"to": list(to) or ["ada@example.com"], "subject": "Offer", "text": "Hello", **more}
    answer = await client.post(f"/v1/account/{account}/submit", body)
    assert answer.status == 200, answer.text
    return f"{ITEM}/{answer.body['queueId']}"


async def change(client: Client, table: sa.Table, **values: Any) -> None:
    """Change every row, as a process that sends would."""
    await client.db.write(lambda conn: conn.execute(sa.update(table).values(values)) and None)


async def listed(client: Client, query: str = "") -> list[str]:
    page = (await client.get(f"{ITEM}{query}")).body
    assert page["total"] == len(page["messages"])
    return [f"{ITEM}/{each['queueId']}" for each in page["messages"]]


async def test_a_message_that_waits_is_shown(office: Client) -> None:
    path = await submit(office, "a", "ada@example.com", "bob@example.com", sendAt="2100-01-02T00:00:00Z")
    item = (await office.get(path)).body
    assert (item["account"], item["source"], item["state"], item["subject"]) == ("a", "api", "queued", "Offer")
    assert item["envelope"] == {"from": "a@b.example", "to": ["ada@example.com", "bob@example.com"]}
    assert item["scheduled"] == item["nextAttempt"] == "2100-01-02T00:00:00.000Z"
    assert (item["attemptsMade"], item["attempts"], item["finished"]) == (0, 10, None)
    assert (item["sentAs"], item["copy"], item["held"]) == (None, None, None)
    assert item["progress"] == {"status": "queued", "response": None, "error": None}
    assert [(each["address"], each["state"]) for each in item["recipients"]] == [
        ("ada@example.com", "queued"),
        ("bob@example.com", "queued"),
    ]


async def test_what_became_of_a_message_is_shown(office: Client) -> None:
    path = await submit(office)
    error = {"message": "no such user", "code": None, "statusCode": 550}
    await change(office, submissions, state="failed", attempts=2, finished_at=1, error=error, copied="failed")
    said = {"code": 550, "enhanced": "5.1.1", "said": "no such user", "advice": "Check the address.", "at": 1}
    await change(office, submission_recipients, state="refused", **said)
    item = (await office.get(path)).body
    assert (item["state"], item["nextAttempt"], item["finished"]) == ("failed", False, "1970-01-01T00:00:00.001Z")
    assert item["progress"] == {"status": "error", "response": None, "error": error}
    assert item["copy"] == {"state": "failed", "error": None}
    assert item["recipients"] == [
        {
            "address": "ada@example.com",
            "state": "refused",
            "code": 550,
            "enhancedCode": "5.1.1",
            "response": "no such user",
            "advice": "Check the address.",
            "time": "1970-01-01T00:00:00.001Z",
        }
    ]


async def test_the_list_is_filtered(office: Client) -> None:
    first = await submit(office, "a")
    second = await submit(office, "b", "bob@example.com")
    assert await listed(office) == [second, first]
    assert await listed(office, "?account=b") == [second]
    assert await listed(office, "?recipient=ada@example.com") == [first]
    assert await listed(office, "?recipient=nobody") == []
    assert await listed(office, "?state=queued&account=a") == [first]
    assert await listed(office, "?state=sent") == []
    assert await listed(office, "?since=2020-01-01&until=2100-01-01") == [second, first]
    assert await listed(office, "?since=2100-01-01") == []
    assert await listed(office, "?until=2020-01-01") == []
    page = (await office.get(f"{ITEM}?pageSize=1&page=1")).body
    assert (page["total"], page["pages"], [each["account"] for each in page["messages"]]) == (2, 2, ["a"])


async def test_a_recipient_is_found_in_either_spelling_of_its_domain(office: Client) -> None:
    path = await submit(office, "a", "ada@grüße.example")
    for spelled in ("ada@gr%C3%BC%C3%9Fe.example", "ada@xn--gre-6ka8l.example"):
        assert await listed(office, f"?recipient={spelled}") == [path]


async def test_a_message_that_waits_can_be_cancelled(office: Client) -> None:
    path = await submit(office)
    assert (await office.delete(path)).body == {"deleted": True}
    assert (await office.get(path)).body["state"] == "cancelled"
    assert (await office.delete(path)).body == {"deleted": True}


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
async def test_a_message_under_way_is_not_cancelled(office: Client, state: str) -> None:
    path = await submit(office)
    await change(office, submissions, state=state)
    answer = await office.delete(path)
    assert (answer.status, answer.body["code"], answer.body["submissionState"]) == (409, "CannotCancel", state)


async def test_a_failed_message_is_tried_again(office: Client) -> None:
    path = await submit(office)
    refused = await office.post(f"{path}/retry")
    assert (refused.status, refused.body["code"]) == (409, "CannotRetry")
    await change(office, submissions, state="failed", finished_at=1)
    await change(office, submission_recipients, state="refused")
    item = (await office.post(f"{path}/retry", {})).body
    assert (item["state"], item["finished"], item["recipients"][0]["state"]) == ("queued", None, "queued")


async def test_a_message_without_its_content_is_not_tried_again(office: Client) -> None:
    path = await submit(office)
    await change(office, submissions, state="failed", finished_at=1)
    await change(office, submission_recipients, state="refused")
    await office.db.write(lambda conn: conn.execute(sa.delete(submission_bodies)) and None)
    answer = await office.post(f"{path}/retry")
    assert (answer.status, answer.body["code"]) == (410, "MessageBodyGone")


@pytest.mark.parametrize(("as_", "state"), [("sent", "sent"), ("retry", "queued")])
async def test_an_unknown_outcome_is_decided(office: Client, as_: str, state: str) -> None:
    path = await submit(office)
    early = await office.post(f"{path}/resolve", {"as": as_})
    assert (early.status, early.body["code"]) == (409, "CannotResolve")
    await change(office, submissions, state="unknown", attempt="x")
    await change(office, submission_recipients, state="unknown")
    answer = await office.post(f"{path}/resolve", {"as": as_})
    assert (answer.status, answer.body["state"]) == (200, state), answer.text
    events = (await office.get("/v1/events?type=messageResolved")).body["events"]
    assert [each["data"]["as"] for each in events] == [as_]


async def test_a_decision_is_one_of_two(office: Client) -> None:
    path = await submit(office)
    assert set(await office.problems("POST", f"{path}/resolve", {"as": "failed"})) == {"as"}
    assert set(await office.problems("POST", f"{path}/resolve", {})) == {"as"}


@pytest.mark.parametrize("path", ["/v1/outbox/nothing", "/v1/outbox/19aba44ee006f3b1c2d4", "/v1/outbox/%00"])
async def test_what_is_not_there_is_not_found(office: Client, path: str) -> None:
    for method, more in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
        answer = await office.ask(method, path + more)
        assert (answer.status, answer.body["code"]) == (404, "SubmissionNotFound")


async def test_an_account_is_paused_and_goes_on(office: Client) -> None:
    path = await submit(office)
    assert (await office.put("/v1/account/a/sending", {"paused": True})).body == {"account": "a", "paused": True}
    assert (await office.get("/v1/account/a")).body["sending"] == {"paused": True, "held": None}
    assert (await office.get("/v1/account/b")).body["sending"] == {"paused": False, "held": None}
    assert "Sending of the account is paused" in (await office.get(path)).body["held"]["reason"]
    assert (await office.put("/v1/account/a/sending", {"paused": False})).status == 200
    assert (await office.get("/v1/account/a")).body["sending"]["paused"] is False
    assert (await office.get(path)).body["held"] is None
    assert (await office.put("/v1/account/a/disconnect")).status == 200
    assert "The account is disconnected" in (await office.get(path)).body["held"]["reason"]
    assert (await office.put("/v1/account/nobody/sending", {"paused": True})).status == 404


async def test_all_sending_is_paused_and_goes_on(office: Client) -> None:
    await submit(office)
    queue = "/v1/settings/queue/submit"
    jobs = {"active": 0, "delayed": 0, "paused": 0, "waiting": 1}
    assert (await office.get(queue)).body == {"queue": "submit", "jobs": jobs, "paused": False}
    paused = {"queue": "submit", "jobs": {**jobs, "paused": 1, "waiting": 0}, "paused": True}
    assert (await office.put(queue, {"paused": True})).body == paused
    assert (await office.get(queue)).body == paused
    assert (await office.get("/v1/settings?sendingPaused=true")).body == {"sendingPaused": True}
    assert (await office.put(queue, {"paused": False})).body["jobs"] == jobs


async def test_the_last_attempt_and_a_pause_of_the_provider_are_shown_in_the_account(office: Client) -> None:
    assert (await office.get("/v1/account/a")).body["smtpStatus"] is None
    await submit(office)
    last = {
        "status": "error",
        "created": "2026-01-02T03:04:05.000Z",
        "response": "no such user",
        "responseCode": 550,
        "code": None,
        "command": "RCPT TO",
        "description": "Check the address.",
    }
    until = now_ms() + 60_000
    await change(office, sending_lanes, last=last, held_until=until, held_for="Daily sending quota exceeded")
    account = (await office.get("/v1/account/a")).body
    assert account["smtpStatus"] == last
    assert account["sending"]["held"]["reason"] == "Daily sending quota exceeded"
    await change(office, sending_lanes, held_until=1)
    assert (await office.get("/v1/account/a")).body["sending"]["held"] is None


async def test_a_bound_token_sees_the_messages_of_its_account_alone(office: Client) -> None:
    own, other = await submit(office, "a"), await submit(office, "b")
    bound = await issue(office, account="a")
    assert await listed(bound) == [own]
    assert await listed(bound, "?account=a") == [own]
    assert (await bound.get(f"{ITEM}?account=b")).status == 403
    for method, more, body in (("GET", "", None), ("DELETE", "", None), ("POST", "/resolve", {"as": "sent"})):
        strange = await bound.ask(method, other + more, body)
        nothing = await bound.ask(method, f"{ITEM}/19aba44ee006f3b1c2d4{more}", body)
        assert (strange.status, strange.text) == (404, nothing.text)
        assert (await bound.ask(method, f"{other}{more}?account=b", body)).status == 403
    assert (await bound.get(own)).status == 200
    assert (await bound.delete(own)).status == 200
    assert (await office.get(other)).body["state"] == "queued"
    assert (await bound.put("/v1/account/b/sending", {"paused": True})).status == 403
    assert (await bound.get("/v1/settings/queue/submit")).status == 403


@pytest.mark.parametrize(
    ("method", "more", "action"),
    [
        ("GET", "", "read"),
        ("DELETE", "", "destructive"),
        ("POST", "/retry", "send"),
        ("POST", "/resolve", "send"),
    ],
)
async def test_a_narrowed_token_needs_the_action(office: Client, method: str, more: str, action: str) -> None:
    path = await submit(office)
    body = {"as": "sent"} if more == "/resolve" else None
    others = [each for each in ("read", "write", "send", "destructive") if each != action]
    narrowed = await issue(office, permissions={"groups": ["outbox"], "actions": others})
    answer = await narrowed.ask(method, path + more, body)
    assert answer.body["requiredPermission"] == {"action": action, "group": "outbox"}
    allowed = await issue(office, permissions={"groups": ["outbox"], "actions": [action]})
    assert (await allowed.ask(method, path + more, body)).status in (200, 409)
