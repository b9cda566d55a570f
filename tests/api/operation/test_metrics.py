"""What Prometheus is told: names that follow its conventions, figures that are right, and all of them documented."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from postroom.clock import now_ms
from postroom.cluster import heartbeat_store
from postroom.errors import StorageUnavailable
from postroom.storage.tables import deliveries
from tests.api.conftest import Client
from tests.house.modules import PROJECT


async def scrape(client: Client) -> dict[str, Metric]:
    """The families of one scrape, by name."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.text))
    found = {family.name: family for family in families}
    assert len(found) == len(families), "no family is told twice"
    return found


def value(families: dict[str, Metric], name: str, **labels: str) -> float:
    """The one sample of this name with these labels."""
    samples = [each for family in families.values() for each in family.samples if each.name == name]
    (found,) = [each.value for each in samples if labels.items() <= each.labels.items()]
    return float(found)


async def test_the_figures_of_a_gateway(client: Client) -> None:
    await client.register()
    await client.get("/v1/account/user@example.com")
    await client.get("/v1/account/nobody")
    await client.get("/nothing/of/the/kind")
    told = await scrape(client)
    assert value(told, "postroom_accounts", state="init") == 1
    assert value(told, "postroom_accounts", state="connected") == 0
    route = "/v1/account/{account}"
    assert value(told, "postroom_api_requests_total", method="GET", route=route, status="200") == 1
    assert value(told, "postroom_api_requests_total", method="GET", route=route, status="404") == 1
    assert value(told, "postroom_api_requests_total", route="-", status="404") == 1
    assert value(told, "postroom_api_request_duration_seconds_count", method="GET", route=route) == 2
    assert value(told, "postroom_event_newest_number") == 1
    assert value(told, "postroom_build_info", version=client.api.version) == 1
    assert value(told, "process_resident_memory_bytes") > 1_000_000
    assert value(told, "process_open_fds") > 3


async def test_the_queue_of_webhooks(client: Client) -> None:
    told = await scrape(client)
    assert value(told, "postroom_webhook_queue_deliveries") == 0
    assert value(told, "postroom_webhook_queue_oldest_age_seconds") == 0
    now = now_ms()
    rows: list[dict[str, Any]] = [
        {"created_at": now - 60_000, "state": "delivered"},
        {"created_at": now - 30_000, "state": "pending"},
        {"created_at": now - 20_000, "state": "pending"},
    ]
    same = {"endpoint": "global", "lane": 1, "event_seq": 1, "account_key": 1, "account": "a", "type": "x", "size": 1}
    await client.db.write(lambda conn: conn.execute(sa.insert(deliveries), [row | same for row in rows]))
    told = await scrape(client)
    assert value(told, "postroom_webhook_queue_deliveries") == 2
    assert 30 <= value(told, "postroom_webhook_queue_oldest_age_seconds") < 60


async def test_without_its_database_a_process_still_tells_its_own_figures(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(await scrape(client), "postroom_database_up") == 1

    async def away(*_: Any) -> None:
        raise StorageUnavailable("connection refused")

    monkeypatch.setattr(type(client.db), "read", away)
    told = await scrape(client)
    assert value(told, "postroom_database_up") == 0
    assert value(told, "postroom_api_requests_total", route="/metrics", status="200") == 1
    assert "postroom_accounts" not in told


async def test_what_the_other_rooms_count(client: Client) -> None:
    figures = client.api.figures
    figures.count_sign_in("refused")
    figures.count_delivery("retry")
    figures.time_post(0.02)
    told = await scrape(client)
    assert value(told, "postroom_sign_ins_total", outcome="refused") == 1
    assert value(told, "postroom_webhook_deliveries_total", result="retry") == 1
    assert value(told, "postroom_webhook_request_duration_seconds_bucket", le="0.025") == 1
    assert value(told, "postroom_webhook_request_duration_seconds_bucket", le="0.01") == 0


async def test_names_follow_the_conventions(client: Client) -> None:
    await client.register()
    for name, family in (await scrape(client)).items():
        assert re.fullmatch(r"(postroom|process)_[a-z_]+", name), name
        assert family.documentation
        assert family.type in ("counter", "gauge", "histogram")
        for sample in family.samples:
            if family.type == "counter":
                assert sample.name == f"{name}_total"
            assert not sample.name.endswith("_created")
        if family.type == "histogram":
            assert name.endswith("_seconds")


async def test_the_labels_of_every_figure_are_documented(client: Client) -> None:
    await client.register()
    await client.db.write(partial(heartbeat_store.enter, node="n", host="h", version="1"))
    figures = client.api.figures
    figures.count_events(Counter({"messageNew": 1}))
    figures.count_refusal(503)
    figures.count_wrong_token("UnknownToken")
    figures.count_sign_in("success")
    figures.count_delivery("delivered")
    figures.count_submission("sent")
    figures.count_renewal("gmail", "success")
    figures.count_wakeup("events")
    figures.time_sync("sign_in", 1.0)
    figures.transactions.count_failure("read", "StorageUnavailable")
    figures.transactions.time("read", 0.1, 0.2)
    page = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(postroom_\w+)(?:\{([^}]*)\})?` \|", page, re.MULTILINE)
    documented = {name.removesuffix("_total"): set(filter(None, labels.split(","))) for name, labels in rows}
    for name, family in (await scrape(client)).items():
        if name.startswith("postroom_") and family.samples:
            labels = {label for sample in family.samples for label in sample.labels if label != "le"}
            assert labels == documented[name], name


async def test_every_figure_is_documented_and_no_other(client: Client) -> None:
    await client.register()
    page = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
    documented = {(row[0], row[1]) for row in re.findall(r"^\| `(postroom_\w+)[^`]*` \| (\w+) \|", page, re.MULTILINE)}
    families = await scrape(client)
    told = {
        (f"{name}_total" if family.type == "counter" else name, family.type)
        for name, family in families.items()
        if name.startswith("postroom_")
    }
    assert told == documented
