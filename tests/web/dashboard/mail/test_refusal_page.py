"""The page in place of mail says why, and how the account is."""

from __future__ import annotations

from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.mail.refusal_page import refused
from postroom.web.dashboard.mail.refusals import Refusal
from tests.web.dashboard.mail.conftest import ACCOUNT
from tests.web.dashboard.visits import HOSTILE, text_of, visit


async def test_it_says_why_and_leads_on(desk: Desk) -> None:
    view = await desk.accounts.get(ACCOUNT)
    answer = refused(visit(), view, Refusal(502, "It did not work", "Do this.", HOSTILE), retry="/dashboard/again")
    text = text_of(answer)
    assert answer.status_code == 502
    for words in ("It did not work", "Do this.", "Connected", 'href="/dashboard/again"', "&lt;script&gt;"):
        assert words in text
    assert "<script>alert" not in text
