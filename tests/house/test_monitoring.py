"""House rule: dashboard and alert rules name only figures, labels and routes that there are, and each alert helps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from postroom.api.routes.table import ROUTES
from tests.house.modules import PROJECT

DASHBOARD = PROJECT / "deploy" / "grafana" / "postroom.json"
ALERTS = PROJECT / "deploy" / "prometheus" / "alerts.yaml"
SEVERITIES = {"critical", "warning", "info"}
# What Prometheus itself and its client library for processes add.
OF_PROMETHEUS = {"job", "instance", "le"}
OF_PROCESSES = {"process_open_fds", "process_max_fds"}


def documented() -> dict[str, set[str]]:
    """The labels of each figure by its name in queries. `tests/api/operation/test_metrics.py` proves that page."""
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for name, labels, kind in re.findall(r"^\| `(postroom_\w+)(?:\{([^}]*)\})?` \| (\w+) \|", page, re.MULTILINE):
        endings = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        found |= {name + ending: set(filter(None, labels.split(","))) for ending in endings}
    return found


def queries() -> Iterator[tuple[str, str]]:
    """Every query with the title of its panel or the name of its alert."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))
    yield from ((rule["alert"], rule["expr"]) for rule in rules())


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def problems(query: str, known: dict[str, set[str]]) -> Iterator[str]:
    """What a query names that there is not, or a bracket without its partner."""
    used = re.findall(r"\b((?:postroom|process)_\w+)(?:\{([^}]*)\})?", query)
    if not used:
        yield "no figure"
    for name, matchers in used:
        labels = set(re.findall(r"(\w+)(?:=|!)", matchers))
        if name in OF_PROCESSES:
            continue
        if name not in known:
            yield f"no figure {name}"
        elif labels - known[name] - OF_PROMETHEUS:
            yield f"{name} has no label {sorted(labels - known[name] - OF_PROMETHEUS)}"
    every = set().union(*(known.get(name, set()) for name, _ in used)) | OF_PROMETHEUS
    for grouped in re.findall(r"\b(?:by|on) \(([^)]*)\)", query):
        if unknown := {label.strip() for label in grouped.split(",")} - every:
            yield f"grouped by {sorted(unknown)}"
    if any(query.count(opening) != query.count(closing) for opening, closing in ("()", "[]", "{}")):
        yield "a bracket is open"


@pytest.mark.parametrize(("title", "query"), list(queries()), ids=lambda text: str(text)[:40])
def test_queries_name_what_there_is(title: str, query: str) -> None:
    assert list(problems(query, documented())) == [], title


@pytest.mark.parametrize(
    "query",
    [
        "sum(postroom_nothing)",
        'sum(postroom_accounts{colour="red"})',
        "sum by (colour) (postroom_accounts)",
        "sum by (state) (postroom_accounts",
        "rate(postroom_sync_duration_seconds[5m])",
        "up == 0",
    ],
)
def test_wrong_queries_are_caught(query: str) -> None:
    assert len(list(problems(query, documented()))) == 1


def test_every_figure_that_needs_a_look_is_on_the_dashboard() -> None:
    shown = " ".join(query for _, query in queries())
    missing = {name.removesuffix("_bucket") for name in documented() if not name.endswith(("_sum", "_count"))}
    missing = {name for name in missing if name not in shown}
    assert missing == {"postroom_node_taken_over_accounts_total", "postroom_node_handed_over_accounts_total"}


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) > 10
    for rule in rules():
        assert re.fullmatch(r"Postroom[A-Z]\w+", rule["alert"])
        assert rule["labels"]["severity"] in SEVERITIES, rule["alert"]
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s")), rule["alert"]
        summary, action = rule["annotations"]["summary"], rule["annotations"]["action"]
        assert summary, rule["alert"]
        assert not summary.endswith("."), rule["alert"]
        assert action.endswith("."), rule["alert"]


def test_the_tests_of_the_rules_are_about_rules_that_there_are() -> None:
    document = yaml.safe_load(ALERTS.with_name("alerts_test.yaml").read_text(encoding="utf-8"))
    assert document["rule_files"] == [ALERTS.name]
    tested = {each["alertname"] for test in document["tests"] for each in test["alert_rule_test"]}
    assert tested
    assert tested <= {rule["alert"] for rule in rules()}


def test_routes_in_advice_are_those_of_the_api() -> None:
    known = {(route.method, route.path) for route in ROUTES}
    named = {
        found
        for rule in rules()
        for found in re.findall(r"`(GET|POST|PUT|DELETE) (/[^?`]*)", rule["annotations"]["action"])
    }
    assert named
    assert named <= known


def test_panels_have_titles_places_and_a_source_that_can_be_chosen() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    titles = [panel["title"] for panel in panels if panel["type"] != "row"]
    assert len(set(titles)) == len(titles)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        columns, rows = (range(place[at], place[at] + place[size]) for at, size in (("x", "w"), ("y", "h")))
        cells = {(x, y) for x in columns for y in rows}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert [variable["name"] for variable in dashboard["templating"]["list"]] == ["datasource", "job"]
