"""Many accounts at once: asked again, done for those that were confirmed, and watched to the end."""

from __future__ import annotations

import re

import pytest

from postroom.accounts.bulk.model import JobNotFound
from postroom.accounts.bulk.worker import BulkWorker
from postroom.accounts.lifecycle import State
from postroom.accounts.model import ListQuery
from postroom.web.dashboard.accounts import bulk_screen
from postroom.web.dashboard.desk import Desk
from tests.accounts.bodies import body
from tests.accounts.rows import column, put_state
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit


@pytest.fixture
async def three(desk: Desk) -> Desk:
    """Three accounts, one of which cannot connect."""
    for name in ("a", "b", "c"):
        await desk.accounts.register(name, body(name=f"Account {name}"))
    await put_state(desk.accounts.db, "b", State.CONNECT_ERROR)
    return desk


async def asked(desk: Desk, *picked: str, **form: str) -> str:
    return text_of(await bulk_screen.confirm(desk, visit(form=form, ticked={"pick": picked})))


def hidden(text: str) -> dict[str, str]:
    """The fields of the form that confirms."""
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', text))


async def worked(desk: Desk) -> None:
    worker = BulkWorker(db=desk.accounts.db, accounts=desk.accounts, node_id="node")
    while await worker.work(set()) is not None:
        pass


async def test_ticked_accounts_are_reconnected_after_a_question(three: Desk) -> None:
    text = await asked(three, "a", "c", action="reconnect")
    assert "Reconnect 2 accounts?" in text
    assert "2 selected accounts" in text
    assert "Account a" in text
    assert "Account b" not in text
    assert await column(three.accounts.db, "a", "revision") == 1, "nothing was done yet"
    fields = hidden(text)
    assert fields["form_token"] == "the-form-token"
    picked = re.findall(r'name="pick" value="([^"]*)"', text)
    path = gone_to(await bulk_screen.begin(three, visit(form=fields, ticked={"pick": picked})))
    await worked(three)
    assert [await column(three.accounts.db, name, "revision") for name in "abc"] == [2, 1, 2]
    done = text_of(await bulk_screen.show(three, visit(job=path.rpartition("/")[2])))
    assert "2 of 2" in done
    assert "Done" in done
    assert "every 1s" not in done
    assert "http-equiv" not in done


async def test_all_that_match_are_deleted(three: Desk) -> None:
    text = await asked(three, action="delete", scope="all", state="connectError")
    assert "Delete 1 account?" in text
    assert "in the state “Cannot connect”" in text
    gone_to(await bulk_screen.begin(three, visit(form=hidden(text))))
    await worked(three)
    assert [item.row.account for item in (await three.accounts.list_page(ListQuery())).items] == ["a", "c"]


async def test_another_number_is_asked_about_again(three: Desk) -> None:
    fields = hidden(await asked(three, action="delete", scope="all"))
    await three.accounts.register("d", body())
    response = await bulk_screen.begin(three, visit(form=fields))
    text = text_of(response)
    assert response.status_code == 409
    assert "Meanwhile another number of accounts matches" in text
    assert hidden(text)["expected"] == "4"
    assert await three.bulk.newest() == []


@pytest.mark.parametrize(
    "form",
    [
        {"action": "reconnect"},
        {"action": "explode", "scope": "all"},
        {"scope": "all"},
        {"action": "delete", "scope": "all", "q": "nobody"},
    ],
)
async def test_a_wish_for_nothing_leads_back_to_the_list(three: Desk, form: dict[str, str]) -> None:
    assert gone_to(await bulk_screen.confirm(three, visit(form=form))).startswith("/dashboard/accounts")
    assert gone_to(await bulk_screen.begin(three, visit(form=form))).startswith("/dashboard/accounts")
    assert await three.bulk.newest() == []


async def test_a_form_without_a_number_does_nothing(three: Desk) -> None:
    form = {"action": "delete", "scope": "all", "expected": "many"}
    assert gone_to(await bulk_screen.begin(three, visit(form=form))) == "/dashboard/accounts"
    far = visit(form={"action": "delete", "scope": "all", "expected": "9" * 5000})
    assert "Delete 3 accounts?" in text_of(await bulk_screen.begin(three, far))
    gone = visit(form={"action": "delete", "expected": "1"}, ticked={"pick": ["gone"]})
    assert gone_to(await bulk_screen.begin(three, gone)) == "/dashboard/accounts"


async def test_progress_is_shown_while_it_runs_with_or_without_scripts(three: Desk) -> None:
    fields = hidden(await asked(three, action="disconnect", scope="all"))
    job = gone_to(await bulk_screen.begin(three, visit(form=fields))).rpartition("/")[2]
    text = text_of(await bulk_screen.show(three, visit(job=job)))
    assert "0 of 3" in text
    assert '<noscript><meta http-equiv="refresh"' in text
    assert 'hx-trigger="every 1s"' in text
    part = text_of(await bulk_screen.show(three, visit(job=job, part=True)))
    assert "<html" not in part
    assert 'id="progress"' in part


async def test_an_action_can_be_stopped(three: Desk) -> None:
    fields = hidden(await asked(three, action="disconnect", scope="all"))
    job = gone_to(await bulk_screen.begin(three, visit(form=fields))).rpartition("/")[2]
    assert gone_to(await bulk_screen.stop(three, visit(form={}, job=job))) == f"/dashboard/bulk/{job}"
    text = text_of(await bulk_screen.show(three, visit(job=job)))
    assert "Stopped" in text
    assert "3 left as they were" in text


async def test_failures_are_listed_with_their_accounts(three: Desk) -> None:
    await three.accounts.register(HOSTILE, body(name="x"))
    fields = hidden(await asked(three, action="reconnect", scope="all"))
    job = gone_to(await bulk_screen.begin(three, visit(form=fields))).rpartition("/")[2]
    await three.accounts.remove(HOSTILE)
    await worked(three)
    text = text_of(await bulk_screen.show(three, visit(job=job)))
    assert "Done, with failures" in text
    assert "1 failed" in text
    assert "The account was deleted meanwhile." in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


async def test_an_unknown_action_is_not_found(three: Desk) -> None:
    with pytest.raises(JobNotFound):
        await bulk_screen.show(three, visit(job="none"))


async def test_a_double_click_is_one_action(three: Desk) -> None:
    """Each click was an action of its own, so all accounts signed in again once for each."""
    form = {"action": "reconnect", "scope": "all", **hidden(await asked(three, action="reconnect", scope="all"))}
    gone = [gone_to(await bulk_screen.begin(three, visit(form=form))) for _ in range(2)]
    assert gone[0] == gone[1]
    assert len(await three.bulk.newest()) == 1
    other = gone_to(await bulk_screen.begin(three, visit(form={**form, "job": "../x"})))
    assert other not in (gone[0], "/dashboard/bulk/..%2Fx")
