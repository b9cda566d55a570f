"""Applications in the database: their ids, their secrets, their changes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.oauth2.apps import Apps
from postroom.oauth2.model import AppExists, AppNotFound, InvalidApp
from postroom.oauth2.shapes import AppBody
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.tables import oauth2_apps
from postroom.words.masking import MASK

GMAIL: AppBody = {"name": "Gmail", "provider": "gmail", "clientId": "id", "clientSecret": "s3cret"}


async def test_the_first_application_of_a_provider_has_its_name_and_others_an_id_of_their_own(apps: Apps) -> None:
    assert await apps.create(GMAIL) == "gmail"
    second = await apps.create({**GMAIL, "name": "Again"})
    assert second not in ("gmail", "")
    assert await apps.create({**GMAIL, "id": "sales"}) == "sales"
    total, listed = await apps.list_page(0, 2)
    assert (total, len(listed)) == (3, 2)


@pytest.mark.parametrize("taken", ["sales", "imap", "sending"])
async def test_a_taken_or_reserved_id_is_refused(apps: Apps, taken: str) -> None:
    await apps.create({**GMAIL, "id": "sales"})
    with pytest.raises(AppExists):
        await apps.create({**GMAIL, "id": taken})


async def test_the_secret_is_encrypted_and_comes_back(apps: Apps, db: Database) -> None:
    await apps.create(GMAIL)
    row = await db.read(lambda conn: conn.execute(sa.select(oauth2_apps)).one())
    assert "s3cret" not in str(row)
    app = await apps.get("gmail")
    assert (app.secrets, app.client_id) == ({"clientSecret": "s3cret"}, "id")
    assert "s3cret" not in repr(app)


async def test_a_change_keeps_what_it_does_not_name_and_clears_what_is_empty(apps: Apps) -> None:
    await apps.create({**GMAIL, "description": "for sales"})
    await apps.update("gmail", {"clientId": "other", "description": "", "extraScopes": ["x"]})
    app = await apps.get("gmail")
    assert app.document == {"name": "Gmail", "clientId": "other", "extraScopes": ["x"]}
    assert app.secrets == {"clientSecret": "s3cret"}


async def test_a_change_that_leaves_the_application_useless_is_refused(apps: Apps) -> None:
    await apps.create(GMAIL)
    for secret in ("", "******"):
        with pytest.raises(InvalidApp) as caught:
            await apps.update("gmail", {"clientSecret": secret})
        assert [problem.key for problem in caught.value.problems] == ["clientSecret"]
    assert (await apps.get("gmail")).secrets == {"clientSecret": "s3cret"}


async def test_what_is_not_there(apps: Apps) -> None:
    assert await apps.find("gmail") is None
    assert await apps.find("g\0") is None
    for missing in (apps.get("gmail"), apps.update("gmail", {}), apps.remove("gmail")):
        with pytest.raises(AppNotFound):
            await missing


async def test_a_removed_application_is_gone(apps: Apps) -> None:
    await apps.create(GMAIL)
    assert await apps.remove("gmail") == 0
    assert await apps.find("gmail") is None


async def damage(db: Database) -> None:
    await db.write(lambda conn: conn.execute(sa.update(oauth2_apps).values(secrets="v1.abcdef01.damaged")) and None)


async def test_a_secret_that_cannot_be_opened_is_shown_as_one_and_used_by_nobody(apps: Apps, db: Database) -> None:
    await apps.create(GMAIL)
    await damage(db)
    assert (await apps.describe("gmail")).secrets == {"clientSecret": MASK}
    assert [app.secrets for app in (await apps.list_page(0, 9))[1]] == [{"clientSecret": MASK}]
    for use in (apps.get, apps.find):
        with pytest.raises(SecretUnreadable, match="the OAuth2 application 'gmail'"):
            await use("gmail")


async def test_a_new_secret_repairs_an_application_and_other_changes_leave_the_old_one(
    apps: Apps, db: Database
) -> None:
    await apps.create(GMAIL)
    await Apps(db, SecretBox(("another secret",))).update("gmail", {"title": "Mail"})
    assert (await apps.get("gmail")).secrets == {"clientSecret": GMAIL["clientSecret"]}
    await damage(db)
    with pytest.raises(InvalidApp):
        await apps.update("gmail", {"clientSecret": None})
    await apps.update("gmail", {"clientSecret": "new"})
    assert (await apps.get("gmail")).secrets == {"clientSecret": "new"}


async def test_what_is_not_there_cannot_be_described(apps: Apps) -> None:
    with pytest.raises(AppNotFound):
        await apps.describe("gmail")


async def test_the_kinds_of_all_applications(apps: Apps) -> None:
    assert await apps.kinds() == {}
    await apps.create(GMAIL)
    await apps.create({**GMAIL, "id": "sales"})
    assert await apps.kinds() == {"gmail": "gmail", "sales": "gmail"}


async def test_the_last_check_is_kept_until_a_change(apps: Apps) -> None:
    await apps.create(GMAIL)
    app = await apps.get("gmail")
    assert app.last_check is None
    await apps.note_check(app, "Access token")
    noted = await apps.get("gmail")
    assert noted.last_check is not None
    assert (noted.last_check.trouble, noted.updated_at) == ("Access token", app.updated_at)
    await apps.update("gmail", {"clientId": "other"})
    changed = await apps.get("gmail")
    assert changed.last_check is None
    if changed.updated_at != app.updated_at:
        # A check that began before the change says nothing of the application as it is now.
        await apps.note_check(app, "")
        assert (await apps.get("gmail")).last_check is None


async def test_the_way_back_is_its_own_or_that_of_the_installation(apps: Apps) -> None:
    await apps.create(GMAIL)
    app = await apps.get("gmail")
    assert app.way_back("https://x.example") == "https://x.example/oauth"
    assert app.way_back(None) is None
    await apps.update("gmail", {"redirectUrl": "https://y.example/back"})
    assert (await apps.get("gmail")).way_back("https://x.example") == "https://y.example/back"
