"""Pages and their parts: everything is escaped, headers are strict, and what was done is said once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from starlette.requests import Request

from postroom.access.admins.model import AdminSession
from postroom.web import dashboard, design
from postroom.web.dashboard import rendering
from postroom.web.dashboard.desk import DeskVisit, Visitor
from postroom.web.design.tones import STATES

HOSTILE = "\"'><script>alert(1)</script>"
TEMPLATES = sorted(
    path for package in (dashboard, design) for path in Path(package.__path__[0], "templates").glob("*.html")
)
SESSION = AdminSession("id", "admin", "password", 0, 0, None, "")
VISITOR = Visitor("admin", "the-form-token", SESSION)

# A page with little on it.
NO_NODES = {"lines": [], "accounts": 0, "cpu": 0.0, "memory": 0, "waiting": 0, "taking": 0, "path": "/dashboard/nodes"}


def visit(cookie: str = "") -> DeskVisit:
    """A visit of the overview."""
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return DeskVisit(Request({"type": "http", "method": "GET", "path": "/", "headers": headers}), VISITOR)


def ui(call: str, **values: Any) -> str:
    """What a call of the components draws."""
    environment: Environment = rendering._environment()
    source = '{% import "macros.html" as ui %}' + call
    return environment.from_string(source).render(visitor=VISITOR, **values)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_what_a_strict_policy_forbids(path: Path) -> None:
    source = re.sub(r'<script src="{{ static\(\'[a-z.]+\'\) }}" defer></script>', "", path.read_text(encoding="utf-8"))
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe|https?://", source)


@pytest.mark.parametrize(
    "call",
    [
        "{{ ui.head(h, h, [(h, h)]) }}",
        "{% call ui.card(h, h, id=h, aside=h) %}{{ h }}{% endcall %}",
        "{{ ui.figure(h, h, h, href=h) }}{{ ui.badge(h) }}{{ ui.state(h) }}",
        "{{ ui.button(h, name=h, value=h) }}{{ ui.link(h, h) }}{{ ui.said(h) }}",
        "{{ ui.press(visitor, h, h, values={h: h}, part=h) }}",
        "{% call ui.confirm(visitor, h, h, h, h, h, values={h: h}) %}{{ h }}{% endcall %}",
        "{% call ui.table(h, [h, (h, h)], id=h) %}<tr><td>{{ h }}</td></tr>{% endcall %}{{ ui.sorted(h, h, 'up') }}",
        "{{ ui.facts([(h, h)]) }}{% call ui.notice(h, id=h) %}{{ h }}{% endcall %}{{ ui.empty(h, h) }}",
        "{{ ui.tabs(h, [(h, h, 3)], h) }}{{ ui.pages(h, h, h, h, h) }}{{ ui.copyable(h, h) }}",
        "{{ ui.field(h, h, h, h, h, '', h, placeholder=h, inputmode=h) }}{{ ui.field(h, h, problem=h) }}",
        "{{ ui.select(h, h, [(h, h)], h, h, h) }}{{ ui.textarea(h, h, h, h, h) }}",
        "{{ ui.checkbox(h, h, hint=h, value=h) }}",
        "{{ ui.search(h, h, h, h) }}{% call ui.disclose(h) %}{{ h }}{% endcall %}{{ ui.progress(h, h, h) }}",
        "{{ ui.time(none, h) }}{{ ui.countdown(0, h) }}",
    ],
)
def test_a_hostile_text_stays_a_text_in_every_component(call: str) -> None:
    drawn = ui(call, h=HOSTILE)
    assert "script&gt;alert" in drawn
    assert "<script" not in drawn
    assert "\"'>" not in drawn


def test_every_state_has_a_badge() -> None:
    for name, (found, words) in STATES.items():
        drawn = ui("{{ ui.state(name) }}", name=name)
        assert f'class="badge tone-{found}" data-state="{name}"' in drawn
        assert words in drawn


def test_a_form_carries_the_token() -> None:
    forms = "{{ ui.press(visitor, '/a', 'Go') }}{{ ui.confirm(visitor, 'x', '/a', 'Go', 'Go?', 'Go') }}"
    assert ui(forms).count('name="form_token" value="the-form-token"') == 2


def test_times_say_when_and_how_long_ago() -> None:
    drawn = ui("{{ ui.time(0) }}")
    assert 'datetime="1970-01-01T00:00:00.000Z" title="1970-01-01 00:00:00 UTC"' in drawn
    assert ui("{{ 1234567 | number }} {{ 12 | number }}") == "1,234,567 12"


def test_a_page_has_strict_headers() -> None:
    response = rendering.page("nodes.html", visit(), NO_NODES)
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self'" in policy
    assert (response.headers["cache-control"], response.headers["x-frame-options"]) == ("no-store", "DENY")


def test_what_was_done_is_said_once() -> None:
    gone = rendering.moved("/", f"Done: {HOSTILE}", tone="wait")
    assert (gone.status_code, gone.headers["location"]) == (303, "/")
    cookie = gone.headers["set-cookie"].partition(";")[0]
    shown = rendering.page("nodes.html", visit(cookie), NO_NODES)
    text = bytes(shown.body).decode()
    assert "Done: " in text
    assert "<script>" not in text
    assert "tone-wait" in text
    assert "postroom_said=" in shown.headers["set-cookie"]
    assert "max-age=0" in shown.headers["set-cookie"].lower()
    # Nothing to say, and nothing to forget.
    assert "set-cookie" not in rendering.page("nodes.html", visit(), NO_NODES).headers


@pytest.mark.parametrize(
    "cookie", ["postroom_said=", "postroom_said=ok", "postroom_said=evil%3Atext", "postroom_said=%ff"]
)
def test_a_cookie_that_says_nothing(cookie: str) -> None:
    text = bytes(rendering.page("nodes.html", visit(cookie), NO_NODES).body).decode()
    assert 'role="status"' not in text
