"""Settings over HTTP: shown with what applies, changed by form, and every problem at its field."""

from __future__ import annotations

import re

from structlog.testing import capture_logs

from tests.web.dashboard.desk_site import DeskSite

HERE = "/dashboard/settings"


async def test_a_setting_is_changed_at_once_and_only_that(desk: DeskSite) -> None:
    runtime = desk.gateway.desk.runtime
    form = {"was.notifyTextSize": "2097152", "notifyTextSize": "1000", "was.notifyText": "", "notifyText": ""}
    async with desk.operator() as person:
        with capture_logs() as lines:
            done = await person.press(f"{HERE}/new-mail", form)
        assert (done.status, done.location) == (303, f"{HERE}#new-mail")
        assert [each["settings"] for each in lines if each["event"] == "settings changed"] == [["notifyTextSize"]]
        page = await person.open(HERE)
        assert "Stored: notifyTextSize." in page.text
        assert re.search(r'Notify text size <span class="aside">set here', page.text)
    assert (await runtime.get()).notify_text_size == 1000
    assert await runtime.chosen() >= {"notifyTextSize"}


async def test_every_problem_stands_at_its_field_and_nothing_is_lost(desk: DeskSite) -> None:
    form = {
        "was.webhooks": "",
        "webhooks": "ftp://<b>",
        "was.webhookEvents": "*",
        "webhookEvents": "messageNew\nnonsense",
    }
    async with desk.operator() as person:
        page = await person.press(f"{HERE}/webhooks", {**form, "serviceSecret": "typed-secret"})
        assert page.status == 400
        assert re.search(r'id="in-webhooks-problem">[^<]*must begin with', page.text)
        assert re.search(r'id="in-webhookEvents-problem">[^<]*must be one of', page.text)
        assert "ftp://&lt;b&gt;" in page.text
        assert "nonsense</textarea>" in page.text
        assert "typed-secret" not in page.text
        assert "not stored yet; enter it once more" in page.text
        assert 'name="was.webhookEvents" value="*"' in page.text
        lines = await person.press(f"{HERE}/protocol-logs", {"was.logs.maxLogLines": "10000", "logs.maxLogLines": "0"})
        assert 'id="in-logs-maxLogLines-problem"' in lines.text
        assert (await person.press(f"{HERE}/nonsense")).status == 404
        nothing = await person.press(f"{HERE}/sending")
        assert "Nothing was changed" in (await person.open(nothing.location.partition("#")[0])).text


async def test_secrets_are_masked_kept_and_never_replaced_by_their_mask(desk: DeskSite) -> None:
    runtime = desk.gateway.desk.runtime
    headers = [{"key": "X-Key", "value": "hunter2"}]
    await runtime.update({"webhooks": "https://u:hunter2@one.example/", "webhooksCustomHeaders": headers})
    secret = (await runtime.get()).service_secret
    async with desk.operator() as person:
        page = await person.open(HERE)
        assert "hunter2" not in page.text
        assert secret not in page.text
        form = {"was.webhooks": "https://******:******@one.example/", "webhooks": "https://******:******@two.example/"}
        refused = await person.press(f"{HERE}/webhooks", form)
        assert re.search(r'id="in-webhooks-problem">[^<]*placeholder', refused.text)
        more = {"was.webhooksCustomHeaders": "X-Key: ******", "webhooksCustomHeaders": "X-Key: ******\nX-Team: a"}
        await person.press(f"{HERE}/webhooks", more)
        assert [each.value for each in (await runtime.get()).webhooks_custom_headers] == ["hunter2", "a"]
        await person.press(f"{HERE}/webhooks", {"newServiceSecret": "1"})
        assert (await runtime.get()).service_secret != secret


async def test_the_settings_of_the_process_are_shown_without_secrets(desk: DeskSite) -> None:
    async with desk.operator() as person:
        page = await person.open(HERE)
    assert 'data-setting="POSTROOM_TOKEN"' in page.text
    assert "the operator&#39;s own token" not in page.text
