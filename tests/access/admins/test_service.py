"""The operator, on both databases: the first password, signing in, the authenticator app, and the way back in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pyotp
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from postroom.access.admins.model import AdminRefused, Browser, NotNow, OpenedSession, TooManyAttempts, WrongPassword
from postroom.access.admins.service import Admins
from postroom.access.admins.sessions import AdminSessions
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox

BOX = SecretBox(("a secret for tests",))
PASSWORD = "three unrelated words"
OTHER = "quite another sentence"
HERE = Browser("192.0.2.1", "Firefox", device="here")
NOW = 1_800_000_000_000


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admins(db: Database, clock: Clock) -> Admins:
    return Admins(db, BOX, clock)


@pytest.fixture
def sessions(db: Database, clock: Clock) -> AdminSessions:
    return AdminSessions(db, clock)


async def refused(work: Awaitable[object]) -> str:
    """Why it was refused."""
    with pytest.raises(AdminRefused) as caught:
        await work
    return str(caught.value)


async def with_app(admins: Admins, clock: Clock) -> tuple[OpenedSession, pyotp.TOTP, tuple[str, ...]]:
    """The password is set, and an authenticator app that has used the code of this moment."""
    await admins.adopt(PASSWORD)
    opened = await admins.sign_in(PASSWORD, "", HERE)
    enrolment = admins.enrol(opened.session)
    app = pyotp.TOTP(enrolment.secret)
    codes = await admins.confirm(opened.session, enrolment, PASSWORD, app.at(clock.now // 1000), HERE)
    return opened, app, codes


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
    prove = Admins._prove

    async def slowly(self: Admins, *given: str | Browser) -> object:
        proved = await prove(self, *given)  # type: ignore[arg-type]
        monkeypatch.undo()
        await self.adopt(OTHER)
        return proved

    monkeypatch.setattr(Admins, "_prove", slowly)
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


async def test_an_authenticator_app(admins: Admins, sessions: AdminSessions, clock: Clock, db: Database) -> None:
    opened, app, _ = await with_app(admins, clock)
    assert await sessions.recognise(opened.cookie) is not None
    now = clock.now // 1000
    words = "The password or the code is wrong. A code works once."
    assert await refused(admins.sign_in(PASSWORD, "", HERE)) == words
    assert await refused(admins.sign_in(OTHER, app.at(now + 30), HERE)) == words
    # The code that set it up was used.
    assert await refused(admins.sign_in(PASSWORD, app.at(now), HERE)) == words
    await admins.sign_in(PASSWORD, app.at(now + 30), HERE)
    assert await refused(admins.sign_in(PASSWORD, app.at(now + 30), HERE)) == words
    rows = await db.read(lambda conn: str(conn.execute(sa.text("SELECT * FROM admins")).all()))
    assert app.secret not in rows


async def test_a_code_opens_one_session_also_when_it_is_sent_many_times_at_once(admins: Admins, clock: Clock) -> None:
    _, app, codes = await with_app(admins, clock)
    for code in (app.at(clock.now // 1000 + 30), codes[0]):
        tries = (admins.sign_in(PASSWORD, code, HERE) for _ in range(3))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(each).__name__ for each in results) == ["AdminRefused", "AdminRefused", "OpenedSession"]


async def test_recovery_codes_work_once_each_and_can_be_replaced(admins: Admins, clock: Clock) -> None:
    opened, _, codes = await with_app(admins, clock)
    await admins.sign_in(PASSWORD, codes[0].lower(), HERE)
    await refused(admins.sign_in(PASSWORD, codes[0], HERE))
    assert (await admins.standing()).recovery_codes == 9
    new = await admins.new_recovery(opened.session, PASSWORD, codes[1], HERE)
    assert (await admins.standing()).recovery_codes == 10
    await refused(admins.sign_in(PASSWORD, codes[2], HERE))
    await admins.sign_in(PASSWORD, new[0], HERE)


async def test_the_app_is_removed_with_password_and_code_only(admins: Admins, clock: Clock) -> None:
    opened, _, codes = await with_app(admins, clock)
    await refused(admins.remove_authenticator(opened.session, PASSWORD, "", HERE))
    await refused(admins.remove_authenticator(opened.session, OTHER, codes[0], HERE))
    assert (await admins.standing()).has_authenticator
    await admins.remove_authenticator(opened.session, PASSWORD, codes[0], HERE)
    standing = await admins.standing()
    assert (standing.has_authenticator, standing.recovery_codes) == (False, 0)
    await admins.sign_in(PASSWORD, "", HERE)


async def test_an_app_is_set_up_with_its_code_the_password_and_in_one_session(
    admins: Admins, sessions: AdminSessions, clock: Clock
) -> None:
    await admins.adopt(PASSWORD)
    one, two = await admins.sign_in(PASSWORD, "", HERE), await admins.sign_in(PASSWORD, "", HERE)
    enrolment = admins.enrol(one.session)
    code = pyotp.TOTP(enrolment.secret).at(clock.now // 1000)
    assert admins.resume(one.session, enrolment.sealed) == enrolment
    for session, sealed in ((two.session, enrolment.sealed), (one.session, "forged")):
        with pytest.raises(NotNow, match="too old"):
            admins.resume(session, sealed)
    await refused(admins.confirm(one.session, enrolment, OTHER, code, HERE))
    await refused(admins.confirm(one.session, enrolment, PASSWORD, "000000", HERE))
    assert not (await admins.standing()).has_authenticator
    await admins.confirm(one.session, enrolment, PASSWORD, code, HERE)
    assert await sessions.recognise(two.cookie) is None
    with pytest.raises(NotNow, match="already"):
        await admins.confirm(one.session, enrolment, PASSWORD, code, HERE)


async def test_the_terminal_is_the_way_back_in(admins: Admins, sessions: AdminSessions, clock: Clock) -> None:
    opened, _, codes = await with_app(admins, clock)
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
