"""Tokens over HTTP: the secret is in one answer and nowhere else; problems stand at their fields."""

from __future__ import annotations

import re

from structlog.testing import capture_logs

from postroom.access.service import NewToken
from tests.web.dashboard.desk_site import DeskSite
from tests.web.dashboard.visits import HOSTILE

HERE = "/dashboard/tokens"
ISSUE = f"{HERE}/issue"


async def test_a_token_is_issued_shown_once_used_and_deleted(desk: DeskSite) -> None:
    async with desk.operator() as person:
        form = {"description": "For the shop", "scopes": "api", "restrictions.addresses": "127.0.0.1"}
        with capture_logs() as lines:
            page = await person.press(ISSUE, form)
        secret = re.search(r"<code>([0-9a-f]{64})</code>", page.text)
        assert (page.status, page.location, page.headers["cache-control"]) == (200, "", "no-store")
        assert secret is not None
        assert secret[1] not in str(lines)
        assert secret[1] not in str(person.cookies)
        used = await person.open("/v1/nodes", authorization=f"Bearer {secret[1]}")
        assert used.status == 200
        listed = await person.open(HERE)
        assert secret[1] not in listed.text
        assert "For the shop" in listed.text
        assert "from 127.0.0.1" in listed.text
        token = re.search(r'data-token="(\w+)"', listed.text)
        assert token is not None
        gone = await person.press(f"{HERE}/{token[1]}/delete")
        assert (gone.status, gone.location) == (303, HERE)
        assert (await person.open("/v1/nodes", authorization=f"Bearer {secret[1]}")).status == 401
        assert "was deleted before" in (await _after(desk, f"{HERE}/{token[1]}/delete"))


async def _after(desk: DeskSite, path: str) -> str:
    async with desk.operator() as person:
        answer = await person.press(path)
        return (await person.open(answer.location)).text


async def test_problems_stand_at_their_fields_and_nothing_is_lost(desk: DeskSite) -> None:
    form = {"description": "", "expires": "2001-01-01T00:00", "restrictions.addresses": "nonsense", "scopes": "metrics"}
    async with desk.operator() as person:
        page = await person.press(ISSUE, form)
        assert page.status == 400
        assert re.search(r'id="in-description-problem">[^<]*is required', page.text)
        assert re.search(r'id="in-restrictions-addresses-problem">[^<]*must be an IP address', page.text)
        assert "nonsense</textarea>" in page.text
        assert re.search(r'value="metrics" checked', page.text)
        past = await person.press(ISSUE, {"description": "d", "expires": "2001-01-01T00:00"})
        assert re.search(r'id="in-expires-problem">[^<]*must be in the future', past.text)
        nobody = await person.press(ISSUE, {"description": "d", "account": "nobody"})
        assert re.search(r'id="in-account-problem">There is no such account', nobody.text)
    assert await desk.gateway.desk.tokens.count() == 0


async def test_the_list_escapes_searches_and_has_pages(desk: DeskSite) -> None:
    tokens = desk.gateway.desk.tokens
    for number in range(51):
        await tokens.issue(NewToken(f"{HOSTILE} {number}", scopes=("api",)))
    async with desk.operator() as person:
        first = await person.open(HERE)
        assert HOSTILE not in first.text
        assert first.text.count("data-token") == 50
        assert (await person.open(f"{HERE}?page=1")).text.count("data-token") == 1
        found = await person.open(f"{HERE}?q=alert(1)%3E+17")
        assert "No token matches" in (await person.open(f"{HERE}?q=nothing")).text
        assert found.status == 200
        # The token in the settings cannot be listed, so the page says that it is there.
        assert "POSTROOM_TOKEN" in first.text


async def test_an_account_may_be_given_in_the_address(desk: DeskSite) -> None:
    async with desk.operator() as person:
        assert 'value="a&#34;b"' in (await person.open(f"{ISSUE}?account=a%22b")).text
