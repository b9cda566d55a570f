"""The reference over HTTP: operations are found and tried through the whole API, as the visitor; nothing hangs."""

from __future__ import annotations

import html
import re

import pytest
from structlog.testing import capture_logs

from postroom.web.dashboard.reference import calling
from tests.web.dashboard.desk_site import DeskSite

HERE = "/dashboard/reference"


def answer_in(page: str) -> str:
    """The body of the answer on a page, as text."""
    found = re.search(r'id="answer".*?<pre[^>]*><code>(.*?)</code>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


async def test_operations_are_found_and_described(desk: DeskSite) -> None:
    async with desk.operator() as person:
        everything = await person.open(HERE)
        assert f'href="{HERE}/registerAccount"' in everything.text
        narrowed = await person.open(f"{HERE}?q=delete+token")
        assert f'href="{HERE}/deleteToken"' in narrowed.text
        assert "registerAccount" not in narrowed.text
        assert "No operation matches" in (await person.open(f"{HERE}?q=%3Cb%3E")).text
        one = await person.open(f"{HERE}/registerAccount")
        assert desk.base in one.text
        assert "%ORIGIN%" not in one.text
        assert (await person.open(f"{HERE}/nothing")).status == 404


async def test_a_call_is_made_as_the_visitor_and_the_log_says_so(desk: DeskSite) -> None:
    async with desk.operator() as person:
        with capture_logs() as lines:
            page = await person.press(f"{HERE}/issueToken", {"body": '{"description": "tried", "scopes": ["*"]}'})
        assert "200 OK" in page.text
        secret = re.search(r'"token": "(\w{64})"', answer_in(page.text))
        assert secret is not None
        (line,) = [each for each in lines if each["event"] == "operation tried"]
        assert (line["operation"], line["by"], line["status"]) == ("issueToken", "admin", 200)
        assert secret[1] not in str(lines)
        assert secret[1] not in (await person.open(f"{HERE}/issueToken")).text
        listed = await person.press(f"{HERE}/listTokens", {"query.query": "tried"})
        assert '"total": 1' in answer_in(listed.text)


async def test_the_api_itself_refuses_what_is_wrong_and_nothing_that_was_typed_is_lost(desk: DeskSite) -> None:
    async with desk.operator() as person:
        page = await person.press(f"{HERE}/issueToken", {"body": '{"descripton": "x"}'})
        assert "400 Bad Request" in page.text
        assert "did you mean `description`?" in answer_in(page.text)
        assert "descripton" in html.unescape(page.text.partition('id="in-body"')[2])
        broken = await person.press(f"{HERE}/issueToken", {"body": "{<b>"})
        assert "not valid JSON" in answer_in(broken.text)
        assert "<b>" not in broken.text.partition('id="in-body"')[2].partition("</textarea>")[0]
        empty = await person.press(f"{HERE}/getAccount", {"path.account": ""})
        assert (empty.status, "is part of the path" in empty.text) == (400, True)


async def test_what_removes_something_asks_first(desk: DeskSite) -> None:
    async with desk.operator() as person:
        issued = await person.press(f"{HERE}/issueToken", {"body": '{"description": "short-lived"}'})
        token = re.search(r'"id": "(\w{64})"', answer_in(issued.text))
        assert token is not None
        form = {"path.id": token[1]}
        asked = await person.press(f"{HERE}/deleteToken", form)
        assert "Shall it be done?" in asked.text
        assert token[1] in asked.text
        assert answer_in(asked.text) == ""
        assert (await desk.gateway.desk.tokens.get(token[1])).description == "short-lived"
        done = await person.press(f"{HERE}/deleteToken", {**form, "sure": "1"})
        assert '"deleted": true' in answer_in(done.text)


async def test_a_stream_is_refused_with_words(desk: DeskSite) -> None:
    async with desk.operator() as person:
        for page in (await person.open(f"{HERE}/streamEvents"), await person.press(f"{HERE}/streamEvents")):
            assert "a stream that never ends" in page.text
            assert 'id="try"' not in page.text


async def test_a_call_that_takes_too_long_is_given_up(desk: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "PATIENCE", 0.0)
    async with desk.operator() as person:
        page = await person.press(f"{HERE}/listNodes")
    assert "did not answer within" in page.text


async def test_nothing_is_called_for_strangers_or_other_sites(desk: DeskSite) -> None:
    form = {"body": '{"description": "evil"}'}
    async with desk.operator() as person, desk.stranger() as stranger:
        assert (await person.send(f"{HERE}/issueToken", form)).status == 403
        assert (await person.press(f"{HERE}/issueToken", form, origin="https://evil.example")).status == 403
        assert (await stranger.press(f"{HERE}/issueToken", form)).status == 303
        assert (await stranger.open("/v1/nodes", **{"postroom.insider": "admin"})).status == 401
    assert await desk.gateway.desk.tokens.count() == 0
