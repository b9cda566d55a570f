"""OAuth2 applications over HTTP: listed with the last check, checked at a provider, deleted with a warning."""

from __future__ import annotations

from tests.accounts.bodies import oauth2_body
from tests.fakes.openid_provider import OpenIdProvider
from tests.web.dashboard.desk_site import DeskSite
from tests.web.dashboard.visits import HOSTILE

HERE = "/dashboard/oauth2"


async def test_without_any_there_is_a_way_on(desk: DeskSite) -> None:
    async with desk.operator() as person:
        page = await person.open(HERE)
        assert "No application is registered yet" in page.text
        assert f'href="{HERE}/new/outlookService"' in page.text


async def test_a_check_says_what_was_asked_what_came_back_and_what_to_do(desk: DeskSite) -> None:
    apps = desk.gateway.desk.apps
    async with OpenIdProvider() as provider, desk.operator() as person:
        app = provider.application(imap={"host": "127.0.0.1", "port": 993}, clientSecret="wr0ng-secret-word")
        await apps.create(app)
        assert "not since the last change" in (await person.open(HERE)).text
        page = await person.press(f"{HERE}/local/check")
        assert 'data-step="redirect" data-outcome="fails"' in page.text
        assert "Where does the provider send people back to?" in page.text
        assert "invalid_client" in page.text
        assert "Look at clientId" in page.text
        assert "wr0ng" not in page.text
        assert "The application does not work" in page.text
        assert "Way back from the provider" in (await person.open(HERE)).text
        await desk.gateway.desk.runtime.update({"serviceUrl": "https://postroom.example"})
        await apps.update("local", {"clientSecret": provider.application()["clientSecret"]})
        assert "not since the last change" in (await person.open(HERE)).text
        assert "works, as far as it was tried" in (await person.press(f"{HERE}/local/check")).text
        nobody = await person.press(f"{HERE}/local/check", {"account": HOSTILE})
        assert (nobody.status, "There is no account with this id" in nobody.text, HOSTILE in nobody.text) == (
            400,
            True,
            False,
        )
        assert (await person.press(f"{HERE}/none/check")).status == 404


async def test_deleting_one_says_how_many_accounts_lose_it(desk: DeskSite) -> None:
    desk_services = desk.gateway.desk
    async with OpenIdProvider() as provider, desk.operator() as person:
        await desk_services.apps.create(provider.application(imap={"host": "127.0.0.1", "port": 993}))
        await desk_services.accounts.register("a", oauth2_body(provider="local"))
        assert "1 account loses it." in (await person.open(f"{HERE}/local")).text
        gone = await person.press(f"{HERE}/local/delete")
        assert gone.location == HERE
        assert "1 account has lost it" in (await person.open(HERE)).text
        assert (await person.open(f"{HERE}/local")).status == 404
