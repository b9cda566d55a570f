"""The operator, on both databases: the first password, signing in, another password, and the way back in."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.model import Browser, TooManyAttempts, WrongPassword
from postroom.access.admins.proof.proving import Proving
from postroom.access.admins.service import Admins
from postroom.access.admins.sessions import AdminSessions
from postroom.storage.database import Database
from tests.access.admins.operators import BOX, HERE, OTHER, PASSWORD, Clock, refused, with_app


async def test_the_first_visit(admins: Admins, sessions: AdminSessions, db: Database) -> None:
    code = await admins.first_code()
    assert code is not None
    assert await admins.first_code() is None
    with pytest.raises(WrongPassword, match="at least 12"):
        await admins.begin(code, "short", HERE)
    assert "code is wrong" in await refused(admins.begin("AAAA-AAAA", PASSWORD, HERE))
    assert not (await admins.standing()).has_password
    opened = await admins.begin(code.lower().replace("-", " "), PASSWORD, HERE)
    assert await sessions.recognise(opened.cookie) is not None
    standing = await admins.standing()
    assert (standing.has_password, standing.has_code, standing.has_authenticator) == (True, False, False)
    assert "used already" in await refused(admins.begin(code, OTHER, HERE))
    assert await admins.first_code() is None
    rows = await db.read(lambda conn: str(conn.execute(sa.text("SELECT * FROM admins")).all()))
    assert PASSWORD not in rows
    assert code not in rows


async def test_of_two_first_visits_at_the_same_time_one_sets_the_password(admins: Admins) -> None:
    code = await admins.first_code() or ""
    both = await asyncio.gather(
        admins.begin(code, PASSWORD, HERE), admins.begin(code, OTHER, HERE), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["AdminRefused", "OpenedSession"]


async def test_signing_in(admins: Admins, sessions: AdminSessions) -> None:
    assert await refused(admins.sign_in("", "", HERE)) == "The password is wrong."
    await admins.adopt(PASSWORD)
    assert await refused(admins.sign_in(OTHER, "", HERE)) == "The password is wrong."
    one, two = await admins.sign_in(PASSWORD, "", HERE), await admins.sign_in(PASSWORD, "000000", HERE)
    assert one.cookie != two.cookie
    assert {each.id for each in await sessions.all()} == {one.session.id, two.session.id}


async def test_guessing_is_slowed_down_and_success_ends_that(admins: Admins, clock: Clock) -> None:
    await admins.adopt(PASSWORD)
    stranger = Browser("192.0.2.9")
    for _ in range(5):
        await refused(admins.sign_in(OTHER, "", stranger))
    # Even the right password is not looked at now.
    with pytest.raises(TooManyAttempts) as caught:
        await admins.sign_in(PASSWORD, "", stranger)
    assert caught.value.retry_after == 1
    await admins.sign_in(PASSWORD, "", HERE)
    clock.now += 1000
    await admins.sign_in(PASSWORD, "", stranger)
    await refused(admins.sign_in(OTHER, "", stranger))
    await admins.sign_in(PASSWORD, "", stranger)


async def test_a_new_password_ends_all_sessions_and_needs_the_old_one(admins: Admins, sessions: AdminSessions) -> None:
    await admins.adopt(PASSWORD)
    one, two = await admins.sign_in(PASSWORD, "", HERE), await admins.sign_in(PASSWORD, "", HERE)
    assert await refused(admins.change_password(OTHER, "", OTHER, HERE, one.session)) == "The password is wrong."
    with pytest.raises(WrongPassword):
        await admins.change_password(PASSWORD, "", "short", HERE, one.session)
    new = await admins.change_password(PASSWORD, "", OTHER, HERE, one.session)
    assert await sessions.recognise(one.cookie) is None
    assert await sessions.recognise(two.cookie) is None
    assert await sessions.recognise(new.cookie) is not None
    await refused(admins.sign_in(PASSWORD, "", HERE))
    await admins.sign_in(OTHER, "", HERE)


async def test_a_sign_in_that_began_with_the_old_password_opens_no_session(
    admins: Admins, sessions: AdminSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await admins.adopt(PASSWORD)
    prove = Proving.prove

    async def slowly(self: Proving, *given: str | Browser) -> object:
        proved = await prove(self, *given)  # type: ignore[arg-type]
        monkeypatch.undo()
        await admins.adopt(OTHER)
        return proved

    monkeypatch.setattr(Proving, "prove", slowly)
    await refused(admins.sign_in(PASSWORD, "", HERE))
    assert await sessions.all() == []


async def test_the_password_of_the_settings_wins_and_the_same_one_changes_nothing(
    admins: Admins, sessions: AdminSessions
) -> None:
    await admins.first_code()
    await admins.adopt(PASSWORD)
    opened = await admins.sign_in(PASSWORD, "", HERE)
    await admins.adopt(PASSWORD)
    assert await sessions.recognise(opened.cookie) is not None
    await admins.adopt(OTHER)
    assert await sessions.recognise(opened.cookie) is None
    await refused(admins.sign_in(PASSWORD, "", HERE))
    assert not (await admins.standing()).has_code


async def test_the_terminal_is_the_way_back_in(
    admins: Admins, authenticator: Authenticator, sessions: AdminSessions, clock: Clock
) -> None:
    opened, _, codes = await with_app(admins, authenticator, clock)
    stranger = Browser("192.0.2.9")
    for _ in range(5):
        await refused(admins.sign_in(OTHER, "", stranger))
    code = await admins.reset()
    assert await sessions.recognise(opened.cookie) is None
    await refused(admins.sign_in(PASSWORD, codes[0], HERE))
    assert await sessions.recognise((await admins.begin(code, OTHER, stranger)).cookie) is not None
    assert not (await admins.standing()).has_authenticator


async def test_a_known_browser_has_a_mark_that_cannot_be_forged(admins: Admins) -> None:
    mark = admins.mark_device(Browser())
    name = admins.device_of(mark)
    assert name
    assert admins.device_of(admins.mark_device(Browser(device=name))) == name
    for forged in ("", "here", mark[:-2] + "xx", BOX.seal("here", "another purpose")):
        assert admins.device_of(forged) is None


async def test_the_log_tells_what_happened_and_no_secret(admins: Admins) -> None:
    with capture_logs() as lines:
        await admins.adopt(PASSWORD)
        await refused(admins.sign_in("a guessed password", "", Browser("192.0.2.7")))
        opened = await admins.sign_in(PASSWORD, "", HERE)
    text = str(lines)
    assert [line["event"] for line in lines] == [
        "the password of the dashboard was set from POSTROOM_ADMIN_PASSWORD",
        "refused at the dashboard",
        "signed in to the dashboard",
    ]
    assert "192.0.2.7" in text
    assert not any(secret in text for secret in (PASSWORD, "a guessed password", opened.cookie))
