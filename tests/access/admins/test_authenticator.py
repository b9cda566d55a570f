"""The authenticator app on both databases: set up with proofs, its recovery codes replaced, removed."""

from __future__ import annotations

import pyotp
import pytest

from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.model import NotNow
from postroom.access.admins.service import Admins
from postroom.access.admins.sessions import AdminSessions
from tests.access.admins.operators import HERE, OTHER, PASSWORD, Clock, refused, with_app


async def test_recovery_codes_work_once_each_and_can_be_replaced(
    admins: Admins, authenticator: Authenticator, clock: Clock
) -> None:
    opened, _, codes = await with_app(admins, authenticator, clock)
    await admins.sign_in(PASSWORD, codes[0].lower(), HERE)
    await refused(admins.sign_in(PASSWORD, codes[0], HERE))
    assert (await admins.standing()).recovery_codes == 9
    new = await authenticator.new_recovery(opened.session, PASSWORD, codes[1], HERE)
    assert (await admins.standing()).recovery_codes == 10
    await refused(admins.sign_in(PASSWORD, codes[2], HERE))
    await admins.sign_in(PASSWORD, new[0], HERE)


async def test_the_app_is_removed_with_password_and_code_only(
    admins: Admins, authenticator: Authenticator, clock: Clock
) -> None:
    opened, _, codes = await with_app(admins, authenticator, clock)
    await refused(authenticator.remove(opened.session, PASSWORD, "", HERE))
    await refused(authenticator.remove(opened.session, OTHER, codes[0], HERE))
    assert (await admins.standing()).has_authenticator
    await authenticator.remove(opened.session, PASSWORD, codes[0], HERE)
    standing = await admins.standing()
    assert (standing.has_authenticator, standing.recovery_codes) == (False, 0)
    await admins.sign_in(PASSWORD, "", HERE)


async def test_an_app_is_set_up_with_its_code_the_password_and_in_one_session(
    admins: Admins, authenticator: Authenticator, sessions: AdminSessions, clock: Clock
) -> None:
    await admins.adopt(PASSWORD)
    one, two = await admins.sign_in(PASSWORD, "", HERE), await admins.sign_in(PASSWORD, "", HERE)
    enrolment = authenticator.enrol(one.session)
    code = pyotp.TOTP(enrolment.secret).at(clock.now // 1000)
    assert authenticator.resume(one.session, enrolment.sealed) == enrolment
    for session, sealed in ((two.session, enrolment.sealed), (one.session, "forged")):
        with pytest.raises(NotNow, match="too old"):
            authenticator.resume(session, sealed)
    await refused(authenticator.confirm(one.session, enrolment, OTHER, code, HERE))
    await refused(authenticator.confirm(one.session, enrolment, PASSWORD, "000000", HERE))
    assert not (await admins.standing()).has_authenticator
    await authenticator.confirm(one.session, enrolment, PASSWORD, code, HERE)
    assert await sessions.recognise(two.cookie) is None
    with pytest.raises(NotNow, match="already"):
        await authenticator.confirm(one.session, enrolment, PASSWORD, code, HERE)
