"""The form for a test message: what it offers, what it refuses, and that it sends once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.responses import Response

from postroom.accounts.model import AccountNotFound
from postroom.submission.accepting.model import RequestInFlight
from postroom.submission.outbox.model import OutboxFilter
from postroom.submission.submissions import Submissions, SubmissionUncertain
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.outbox import sending_screen
from tests.accounts.bodies import body
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit

KEY = "0123456789abcdef" * 2
FORM = {"to": "bert@example.net, cleo@example.net", "subject": "Hello", "text": "One\r\nTwo", "key": KEY}


async def sent(desk: Desk, account: str = "anna", **changes: str) -> Response:
    return await sending_screen.send(desk, visit(form={**FORM, **changes}, account=account))


async def subjects(desk: Desk) -> list[str]:
    return [item.subject for item in (await desk.outbox.list_items(OutboxFilter())).items]


async def test_the_form_is_filled_in_for_the_account_itself(desk: Desk) -> None:
    text = text_of(await sending_screen.show(desk, visit(account="anna")))
    assert 'value="anna@example.com"' in text
    keys = [
        re.findall(
            r'name="key" value="([0-9a-f]{32})"', text_of(await sending_screen.show(desk, visit(account="anna")))
        )
        for _ in range(2)
    ]
    assert keys[0] != keys[1], "each form sends a message of its own"


async def test_a_message_goes_into_the_outbox(desk: Desk) -> None:
    where = gone_to(await sent(desk))
    item = await desk.outbox.item(where.removeprefix("/dashboard/outbox/"))
    assert (item.account, item.subject, item.sender) == ("anna", "Hello", "anna@example.com")
    assert [each.address for each in item.recipients] == ["bert@example.net", "cleo@example.net"]


async def test_a_form_that_is_sent_twice_is_one_message(desk: Desk) -> None:
    assert gone_to(await sent(desk)) == gone_to(await sent(desk))
    assert len(await subjects(desk)) == 1
    assert gone_to(await sent(desk, key="f" * 32)) not in ("", gone_to(await sent(desk)))
    assert len(await subjects(desk)) == 2


async def test_a_form_with_another_text_is_asked_about(desk: Desk) -> None:
    await sent(desk)
    answer = await sent(desk, text="Another")
    text = text_of(answer)
    assert answer.status_code == 409
    assert "was sent before with another text" in text
    assert "Another</textarea>" in text
    assert KEY not in text, "pressing again sends this one too"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to": ""}, "Enter at least one address."),
        ({"to": " , ;\n"}, "Enter at least one address."),
        ({"to": "nobody"}, "e-mail address"),
        ({"to": f"{HOSTILE}@x"}, "e-mail address"),
        ({"to": "a@example.net\r\nBcc: b@example.net"}, "e-mail address"),
        ({"subject": "s" * 10_241}, "10240 characters"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    desk: Desk, changes: dict[str, str], words: str
) -> None:
    answer = await sent(desk, **changes)
    text = text_of(answer)
    assert answer.status_code == 400
    problem = re.findall(r'<p class="problem" id="(to|subject)-problem">([^<]*)</p>', text)
    assert [name for name, _ in problem] == list(changes)
    assert words in problem[0][1]
    assert "Two</textarea>" in text
    assert f'value="{KEY}"' in text
    assert "<script>alert" not in text
    assert await subjects(desk) == []


async def test_line_ends_in_a_subject_make_no_header(desk: Desk) -> None:
    answer = await sent(desk, subject="Hello\r\nBcc: eve@example.net")
    if answer.status_code == 303:
        assert "\n" not in (await subjects(desk))[0]
        item = (await desk.outbox.list_items(OutboxFilter())).items[0]
        assert "eve@example.net" not in [each.address for each in item.recipients]
    else:
        assert answer.status_code == 400


async def test_a_key_of_a_stranger_is_replaced(desk: Desk) -> None:
    for key in ("", "x" * 5000, HOSTILE):
        text = text_of(await sent(desk, key=key, to=""))
        assert re.search(r'name="key" value="[0-9a-f]{32}"', text)


async def test_an_account_without_a_server_to_send_through_is_told(desk: Desk) -> None:
    await desk.accounts.register("reader", body())
    answer = await sent(desk, "reader")
    assert answer.status_code == 400
    assert "has no server to send through" in text_of(answer)


@pytest.mark.parametrize(
    ("error", "status"), [(SubmissionUncertain(has_key=True), 503), (RequestInFlight(), 409)], ids=["lost", "in flight"]
)
async def test_pressing_again_is_safe(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def submit(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Submissions, "submit", submit)
    answer = await sent(desk)
    assert answer.status_code == status
    assert "sent once" in text_of(answer)
    assert f'value="{KEY}"' in text_of(answer)


async def test_an_unknown_account_is_not_found(desk: Desk) -> None:
    for page in sending_screen.PAGES:
        with pytest.raises(AccountNotFound):
            await page.screen(desk, visit(form=FORM, account="nobody"))
