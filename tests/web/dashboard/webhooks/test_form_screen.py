"""Adding and editing an endpoint, as the API does it."""

from __future__ import annotations

import pytest

from postroom.configuration.keys import Header
from postroom.web.dashboard.webhooks import form_screen
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.endpoints.sealed_rows import make_secret
from postroom.webhooks.model import EndpointNotFound
from postroom.words.masking import MASK, masked_url
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting

GOOD = {"url": "https://example.com/hook", "description": "Orders", "accounts": "anna\nbert", "metadata": "tier=gold"}


async def test_an_endpoint_is_added_and_its_secret_is_shown(posting: Posting) -> None:
    form = {**GOOD, "customHeaders": "X-Key: a-key-of-ours"}
    answer = await form_screen.add(posting.desk, visit(form=form, ticked={"events": ["messageNew"]}))
    (view,) = [each for each in await posting.desk.webhooks.list_all() if each.config is not None]
    config = view.config
    assert config is not None
    assert (config.url, config.description, config.events) == (GOOD["url"], "Orders", ("messageNew",))
    assert (config.accounts, config.metadata) == (("anna", "bert"), {"tier": "gold"})
    assert config.custom_headers == (Header("X-Key", "a-key-of-ours"),)
    assert config.secret in text_of(answer)
    assert "a-key-of-ours" not in text_of(answer)


async def test_a_secret_of_ones_own(posting: Posting) -> None:
    secret = make_secret()
    await form_screen.add(posting.desk, visit(form={**GOOD, "secret": secret}))
    (view,) = [each for each in await posting.desk.webhooks.list_all() if each.config is not None]
    assert await posting.desk.webhooks.secret(view.id) == secret


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"secret": "short"}, "secret"),
        ({"customHeaders": "Host: x"}, "customHeaders"),
        ({"customHeaders": "no colon"}, "customHeaders"),
        ({"metadata": "no equals sign"}, "metadata"),
        ({"accounts": "x" * 5000}, "accounts"),
        ({"description": "x" * 5000}, "description"),
        ({"events": "nonsense"}, "events"),
    ],
    ids=str,
)
async def test_each_problem_stands_at_its_field(posting: Posting, wrong: dict[str, str], field: str) -> None:
    form = {**GOOD, **wrong}
    answer = await form_screen.add(
        posting.desk, visit(form=form, ticked={"events": [form.get("events", "messageNew")]})
    )
    text = text_of(answer)
    assert answer.status_code == 400
    assert f'id="{field}-problem"' in text
    assert text.count('-problem"') == 2, "one problem, and one field that is described by it"
    if field != "description":
        assert "Orders" in text
    assert [view.id for view in await posting.desk.webhooks.list_all()] == ["global"]


async def test_all_problems_are_named_together_and_nothing_but_secrets_is_lost(posting: Posting) -> None:
    form = {
        "url": HOSTILE,
        "description": HOSTILE,
        "accounts": HOSTILE,
        "metadata": "no equals sign",
        "customHeaders": "Host: typed-secret",
        "secret": "typed-secret",
    }
    text = text_of(await form_screen.add(posting.desk, visit(form=form, ticked={"events": ["messageNew"]})))
    for field in ("url", "metadata", "customHeaders", "secret"):
        assert f'id="{field}-problem"' in text, field
    assert "typed-secret" not in text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 3
    assert 'value="messageNew" checked' in text
    assert "no equals sign" in text


async def test_an_endpoint_is_edited_and_keeps_its_secrets(posting: Posting) -> None:
    endpoint = await posting.add(
        EndpointChange(url="https://user:a-hidden-word@example.com/", custom_headers=(Header("X-Key", "k"),))
    )
    before = await posting.desk.webhooks.secret(endpoint)
    page = text_of(await form_screen.edit(posting.desk, visit(endpoint=endpoint)))
    assert "a-hidden-word" not in page.split("<form")[-1].split("placeholder")[0]
    assert f"X-Key: {MASK}" in page
    config = (await posting.desk.webhooks.get(endpoint)).config
    assert config is not None
    url = masked_url(config.url)
    form = {"url": url, "description": "new", "customHeaders": f"X-Key: {MASK}\nX-New: n"}
    answer = await form_screen.change(posting.desk, visit(form=form, endpoint=endpoint))
    assert gone_to(answer) == f"/dashboard/webhooks/{endpoint}"
    after = (await posting.desk.webhooks.get(endpoint)).config
    assert after is not None
    assert (after.url, after.description) == (config.url, "new")
    assert after.custom_headers == (Header("X-Key", "k"), Header("X-New", "n"))
    assert await posting.desk.webhooks.secret(endpoint) == before


async def test_the_service_has_the_last_word(posting: Posting) -> None:
    endpoint = await posting.add()
    form = {"url": f"https://u:{MASK}@other.example/"}
    answer = await form_screen.change(posting.desk, visit(form=form, endpoint=endpoint))
    assert answer.status_code == 400
    assert 'id="url-problem"' in text_of(answer)


async def test_targets_in_the_settings_cannot_be_edited_here(posting: Posting) -> None:
    for screen in (form_screen.edit, form_screen.change):
        with pytest.raises(EndpointNotFound):
            await screen(posting.desk, visit(form={}, endpoint="global"))


async def test_the_empty_form(posting: Posting) -> None:
    text = text_of(await form_screen.new(posting.desk, visit()))
    assert 'action="/dashboard/webhooks/add"' in text
    assert "-problem" not in text


async def test_two_people_who_edit_an_endpoint_do_not_undo_each_other(posting: Posting) -> None:
    endpoint = await posting.add()
    page = text_of(await form_screen.edit(posting.desk, visit(endpoint=endpoint)))
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    await posting.desk.webhooks.update(endpoint, EndpointChange(url="https://b.example/", accounts=("bert",)))
    form = {"url": "https://a.example/", "description": HOSTILE, "customHeaders": "X-Key: typed-secret"}
    answer = await form_screen.change(posting.desk, visit(form={**form, "seen": seen}, endpoint=endpoint))
    text = text_of(answer)
    assert answer.status_code == 409
    assert "The endpoint was changed meanwhile" in text
    assert "<dd>https://b.example/</dd>" in text
    assert "<dt>Accounts</dt><dd>bert</dd>" in text
    assert 'value="https://a.example/"' in text
    assert "typed-secret" not in text
    assert "Enter the new values once more" in text
    assert HOSTILE not in text
    now = (await posting.desk.webhooks.get(endpoint)).config
    assert now is not None
    assert (now.url, now.accounts) == ("https://b.example/", ("bert",))
    again = {**form, "seen": text.partition('name="seen" value="')[2].partition('"')[0]}
    assert gone_to(await form_screen.change(posting.desk, visit(form=again, endpoint=endpoint)))
    now = (await posting.desk.webhooks.get(endpoint)).config
    assert now is not None
    assert now.url == "https://a.example/"


async def test_a_secret_of_ones_own_that_was_not_stored_is_asked_for_again(posting: Posting) -> None:
    words = "Enter your own once more"
    refused = await form_screen.add(posting.desk, visit(form={**GOOD, "url": "", "secret": make_secret()}))
    assert words in text_of(refused)
    assert words not in text_of(await form_screen.add(posting.desk, visit(form={**GOOD, "url": ""})))
